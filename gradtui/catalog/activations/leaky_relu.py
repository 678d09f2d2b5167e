"""A rectifier that keeps a small slope where it is off, so that no unit dies."""

from __future__ import annotations

from collections.abc import Callable

from gradtui.core.entries import Activation, Tensor


def function() -> Callable[[Tensor], Tensor]:
    import torch

    return torch.nn.functional.leaky_relu


entry = Activation(
    name="leaky_relu",
    formula="z if z > 0 else 0.01 z",
    derivative="1 if z > 0 else 0.01",
    bound="0.01 ≤ f' ≤ 1",
    source="Maas, Hannun, Ng 2013",
    function=function,
)
