"""The hyperbolic tangent: slope 1 at the origin, so signals pass at first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradtui.core.entries import Activation, Tensor


def function() -> Callable[[Tensor], Tensor]:
    import torch

    return torch.tanh


def saturated(a: Any) -> Any:
    return abs(a) > 0.99


entry = Activation(
    name="tanh",
    formula="(eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ)",
    derivative="1 − f²",
    bound="0 < f' ≤ 1",
    source="LeCun, Bottou, Orr, Müller 1998",
    function=function,
    saturated=saturated,
)
