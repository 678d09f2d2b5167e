"""The Gaussian error linear unit: z times the chance that a normal lies below it."""

from __future__ import annotations

from collections.abc import Callable

from gradtui.core.entries import Activation, Tensor


def function() -> Callable[[Tensor], Tensor]:
    import torch

    return torch.nn.functional.gelu


entry = Activation(
    name="gelu",
    formula="z Φ(z)",
    derivative="Φ(z) + z φ(z)",
    bound="−0.129 < f' < 1.129",
    source="Hendrycks, Gimpel 2016",
    function=function,
)
