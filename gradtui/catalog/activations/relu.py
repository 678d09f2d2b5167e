"""The rectifier: passes gradients whole where it is on, nothing where it is off."""

from __future__ import annotations

from collections.abc import Callable

from gradtui.core.entries import Activation, Tensor


def function() -> Callable[[Tensor], Tensor]:
    import torch

    return torch.relu


entry = Activation(
    name="relu",
    formula="max(0, z)",
    derivative="1 if z > 0 else 0",
    bound="f' is 0 or 1",
    source="Nair, Hinton 2010; Glorot, Bordes, Bengio 2011",
    function=function,
    can_die=True,
)
