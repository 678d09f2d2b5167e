"""Scaled ELU: with lecun init, mean 0 and variance 1 are a fixed point."""

from __future__ import annotations

from collections.abc import Callable

from gradtui.core.entries import Activation, Tensor


def function() -> Callable[[Tensor], Tensor]:
    import torch

    return torch.nn.functional.selu


entry = Activation(
    name="selu",
    formula="1.0507 (z if z > 0 else 1.6733 (eᶻ − 1))",
    derivative="1.0507 if z > 0 else 1.7581 eᶻ",
    bound="0 < f' ≤ 1.7581",
    source="Klambauer, Unterthiner, Mayr, Hochreiter 2017",
    function=function,
)
