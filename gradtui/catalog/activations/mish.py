"""A smooth relative of silu, unbounded above."""

from __future__ import annotations

from collections.abc import Callable

from gradtui.core.entries import Activation, Tensor


def function() -> Callable[[Tensor], Tensor]:
    import torch

    return torch.nn.functional.mish


entry = Activation(
    name="mish",
    formula="z tanh(ln(1 + eᶻ))",
    derivative="tanh s + z σ(z) (1 − tanh² s), s = ln(1 + eᶻ)",
    bound="−0.113 < f' < 1.089",
    source="Misra 2020",
    function=function,
)
