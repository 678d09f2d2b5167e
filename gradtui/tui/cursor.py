"""The cursor: a step whose values are read, moved column by column."""

from __future__ import annotations

import numpy as np

from gradtui.tui.timeline import Timeline
from gradtui.tui.view import View


def in_view(step: int, axis: Timeline) -> int:
    """The step itself, or the nearest one that the window shows."""
    return min(max(step, axis.first), max(axis.last, axis.first))


def move(view: View, axis: Timeline, columns: int) -> None:
    """Put the cursor so many columns further, not beyond the ends; markers' columns have no step.

    It stays on its step when the run folds. Without a cursor it begins at the newest step.
    """
    held = np.flatnonzero(axis.starts >= 0)
    if not len(held):
        return
    present = axis.last if view.cursor is None else in_view(view.cursor, axis)
    place = int(np.searchsorted(held, axis.column(present))) + columns
    view.cursor = int(axis.starts[held[min(max(place, 0), len(held) - 1)]])
