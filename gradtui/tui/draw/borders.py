"""Wide characters and the slices of a dashboard: none may lie across a border, it would be lost.

Two widgets share a row of the screen at a border, and neither can draw half a character. Such a
character moves one cell to the right: a blank is put in where the script changes or a sentence
ends, and taken from the next gap of two blanks or more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradtui.core.wide import CLOSING
from gradtui.tui.grid import BLANK, TAIL, Grid, cells

REACH = 24
"""Cells left of a border in which a fitting place is looked for."""
_CLOSING = frozenset(map(ord, CLOSING))


def mend(grid: Grid, borders: Sequence[int]) -> None:
    """Move what lies across one of the borders (columns, in rising order), in place."""
    inside = [x for x in borders if 0 < x < grid.width]
    if not inside or not (grid.code[:, inside] == TAIL).any():
        return
    for y in np.flatnonzero((grid.code == TAIL).any(axis=1)).tolist():
        row, low = grid.code[y], 0
        for x in inside:
            if row[x] == TAIL:
                _insert(grid, y, _place(row.tolist(), low, x), x)
            low = x


def _place(row: list[int], low: int, x: int) -> int:
    """Where a blank is seen least: nearest to the border, and not left of the one before."""
    for at in range(x - 1, max(low, x - REACH, 1), -1):
        if row[at] != TAIL and _fits(row, at):
            return at
    return x - 1


def _fits(row: list[int], at: int) -> bool:
    """Between two scripts, beside a blank, or behind a closing mark."""
    before, here = row[at - 1], row[at]
    if BLANK in (before, here):
        return True
    if before == TAIL:
        return at > 1 and (row[at - 2] in _CLOSING or not _wide(row, at))
    return _wide(row, at) and here not in _CLOSING


def _wide(row: list[int], at: int) -> bool:
    return at + 1 < len(row) and row[at + 1] == TAIL


def _insert(grid: Grid, y: int, at: int, x: int) -> None:
    """A blank at a column; what follows moves up to the next gap, or to the end of the row."""
    code, style = grid.code[y], grid.style[y]
    blank = code == BLANK
    gaps = np.flatnonzero(blank[x + 1 : -1] & blank[x + 2 :])
    end = x + 1 + int(gaps[0]) if len(gaps) else len(code) - 1
    if code[end] == TAIL:  # the last character of a row that is full
        code[end - 1] = BLANK
    for row in (code, style):
        row[at + 1 : end + 1] = row[at:end].copy()
    code[at] = BLANK
    if end + 1 == len(code) and cells(chr(int(code[end]))) == 2:
        code[end] = BLANK  # its other half has left the screen
