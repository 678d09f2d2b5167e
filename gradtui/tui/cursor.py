"""The cursor: a step whose values are read, moved column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradtui.tui.timeline import Timeline
from gradtui.tui.view import View

if TYPE_CHECKING:
    from gradtui.tui.hits import Hit
    from gradtui.tui.panels.picture import Picture


def in_view(step: int, axis: Timeline) -> int:
    """The step itself, or the nearest one that the window shows."""
    return min(max(step, axis.first), max(axis.last, axis.first))


def under(picture: Picture, found: Hit | None) -> tuple[int, int] | None:
    """The step and the layer that the mouse points at; None where there is no step.

    On a lane it is the lane's own layer, the highest of several; else the selected one.
    """
    if found is None or found.column is None:
        return None
    steps = picture.timeline.steps(found.column)
    if steps is None or picture.state.step is None:
        return None
    layer = picture.view.selected
    if found.lane is not None:
        first, end = picture.layout.groups[found.lane]
        layers = picture.roster.layers[first:end]
        layer = layer if layer in layers else layers[-1]
    return steps[0], layer


def toggle(view: View, axis: Timeline) -> None:
    """Show the cursor, or leave it."""
    if view.cursor is None:
        move(view, axis, 0)
    else:
        view.cursor = None


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
