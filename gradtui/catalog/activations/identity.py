"""No nonlinearity at all: a deep linear net."""

from __future__ import annotations

from collections.abc import Callable

from gradtui.core.entries import Activation, Tensor


def function() -> Callable[[Tensor], Tensor]:
    return lambda z: z


entry = Activation(
    name="identity",
    formula="z",
    derivative="1",
    bound="f' = 1",
    source="Saxe, McClelland, Ganguli 2014",
    function=function,
)
