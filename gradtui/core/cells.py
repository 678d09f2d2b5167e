"""Recurrent cells beside each other: how far the gradient reaches through each, untrained."""

from __future__ import annotations

from gradtui.core.frozen import frozen
from gradtui.core.records import Floats, Record


@frozen
class Cell:
    """One cell, drawn anew from the run's seed."""

    name: str
    """As people say it: `lstm, forget bias 3`."""
    sets: tuple[str, ...]
    """`KNOB=VALUE`, what a run of it starts with."""
    signal_time: Floats
    """[T] L2 norm of dL/dh_t of its first layer, over rows that are the same for all cells."""


@frozen(kw_only=True)
class Cells(Record):
    """The answer to `Compare`; the run itself is not changed by it, nor are its generators."""

    step: int
    rows: int
    """Training rows that each cell read."""
    cells: tuple[Cell, ...]
