"""The smooth rectifier; its slope is the sigmoid."""

from __future__ import annotations

from collections.abc import Callable

from gradtui.core.entries import Activation, Tensor


def function() -> Callable[[Tensor], Tensor]:
    import torch

    return torch.nn.functional.softplus


entry = Activation(
    name="softplus",
    formula="ln(1 + eᶻ)",
    derivative="σ(z)",
    bound="0 < f' < 1",
    source="Dugas, Bengio, Bélisle, Nadeau, Garcia 2001",
    function=function,
)
