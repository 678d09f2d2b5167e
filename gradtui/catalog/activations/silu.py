"""The sigmoid linear unit, also called swish."""

from __future__ import annotations

from collections.abc import Callable

from gradtui.core.entries import Activation, Tensor


def function() -> Callable[[Tensor], Tensor]:
    import torch

    return torch.nn.functional.silu


entry = Activation(
    name="silu",
    formula="z σ(z)",
    derivative="σ(z) (1 + z (1 − σ(z)))",
    bound="−0.100 < f' < 1.100",
    source="Elfwing, Uchibe, Doya 2018; Ramachandran et al. 2017",
    function=function,
)
