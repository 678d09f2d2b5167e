"""Exponential linear units: negative outputs pull the mean towards zero."""

from __future__ import annotations

from collections.abc import Callable

from gradtui.core.entries import Activation, Tensor


def function() -> Callable[[Tensor], Tensor]:
    import torch

    return torch.nn.functional.elu


entry = Activation(
    name="elu",
    formula="z if z > 0 else eᶻ − 1",
    derivative="1 if z > 0 else eᶻ",
    bound="0 < f' ≤ 1",
    source="Clevert, Unterthiner, Hochreiter 2016",
    function=function,
)
