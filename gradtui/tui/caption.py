"""The line above the footer in which a demo says what there is to see; on every screen alike."""

from __future__ import annotations

import numpy as np

from gradtui.tui.draw.plain import plain
from gradtui.tui.grid import Grid, cells, clip
from gradtui.tui.layout import MIN_HEIGHT, WITH_LABELS
from gradtui.tui.view import View


def has_line(view: View, height: int) -> bool:
    """Whether there is a demo, and room for what it says."""
    return view.caption is not None and height > MIN_HEIGHT


def lay(view: View, below: Grid) -> Grid:
    """A screen that was painted one row too low, with the caption above its last row."""
    line = Grid.blank(below.width, 1)
    margin = int(below.width >= WITH_LABELS)
    room = below.width - 2 * margin
    text = view.caption or ""
    shown = text if cells(text) <= room else clip(text, room - 1) + "…"
    line.text(margin, 0, shown, "ink")
    if not view.unicode:
        plain(line)
    at = below.height - 1
    return Grid(
        np.insert(below.code, at, line.code[0], axis=0),
        np.insert(below.style, at, line.style[0], axis=0),
    )


def row_below(view: View, height: int, y: int) -> int | None:
    """The row of the painted screen that lies at row y; None for the caption's own."""
    if not has_line(view, height) or y < height - 2:
        return y
    return None if y == height - 2 else y - 1
