"""The logistic function: its slope of at most 1/4 is what kills deep gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradtui.core.entries import Activation, Tensor


def function() -> Callable[[Tensor], Tensor]:
    import torch

    return torch.sigmoid


def saturated(a: Any) -> Any:
    return (a < 0.01) | (a > 0.99)


entry = Activation(
    name="sigmoid",
    formula="1 / (1 + e⁻ᶻ)",
    derivative="f (1 − f)",
    bound="0 < f' ≤ 1/4",
    source="Rumelhart, Hinton, Williams 1986; Hochreiter 1991",
    function=function,
    saturated=saturated,
)
