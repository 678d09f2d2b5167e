"""Histograms as bars, and as columns of heat over the time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gradtui.tui.draw.lanes import ASCII_BLOCKS, BLOCKS
from gradtui.tui.grid import Grid
from gradtui.tui.inks import ink
from gradtui.tui.timeline import Timeline

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHADES = np.array([ord(c) for c in " ░▒▓█"], np.uint32)
ASCII_SHADES = np.array([ord(c) for c in " .:+#"], np.uint32)
LEAST_DECADES = 4
LEAST_WIDTH = 2e-3
"""Of the largest magnitude: an axis is no narrower, or its numbers would read the same."""


def resample(counts: NDArray[np.generic], low: float, high: float, edges: Floats) -> Floats:
    """Numbers between neighbouring `edges`; those of a bin lie evenly in it, none lies outside."""
    whole = np.concatenate([[0.0], np.cumsum(np.asarray(counts, np.float64))])
    if not math.isfinite(low):
        return np.zeros(len(edges) - 1)
    if high <= low:
        found = np.zeros(len(edges) - 1)
        at = int(np.searchsorted(edges, low, side="right")) - 1
        found[min(max(at, 0), len(found) - 1)] = whole[-1]
        return found
    below = np.interp(edges, np.linspace(low, high, len(whole)), whole)
    below[0], below[-1] = 0, whole[-1]
    return np.diff(below)


def median(counts: NDArray[np.generic], low: float, high: float) -> float:
    """Where half of the numbers lie below, straight through its bin; nan where there is none."""
    whole = np.concatenate([[0.0], np.cumsum(np.asarray(counts, np.float64))])
    if not whole[-1] or not math.isfinite(low):
        return math.nan
    return float(np.interp(whole[-1] / 2, whole, np.linspace(low, high, len(whole))))


def nice(least: float) -> float:
    """The smallest of 1, 2, 2.5 and 5 times a power of ten that is not below `least`."""
    decade = 10.0 ** math.floor(math.log10(least))
    return next(decade * m for m in (1, 2, 2.5, 5, 10) if decade * m >= least * (1 - 1e-9))


def linear_ends(low: float, high: float) -> tuple[float, float]:
    """An axis from and to a round number around low to high."""
    least = LEAST_WIDTH * max(abs(low), abs(high)) or 1.0
    if high - low < least:
        low, high = low - least / 2, high + least / 2
    unit = nice((high - low) / 10)
    return math.floor(low / unit + 1e-9) * unit, math.ceil(high / unit - 1e-9) * unit


def decades(low: float, high: float, least: int = LEAST_DECADES) -> tuple[float, float]:
    """An axis of whole decades around low to high, so many at least."""
    top = math.ceil(high)
    return float(min(math.floor(low), top - least)), float(top)


def bars(grid: Grid, numbers: Floats, role: str, *, unicode: bool) -> None:
    """One bar a column; the tallest fills the grid, and no number is too few to be seen."""
    most = numbers.max(initial=0.0)
    if not most > 0:
        return
    level = np.ceil(8 * grid.height * numbers / most - 1e-9).astype(int)
    blocks = BLOCKS if unicode else ASCII_BLOCKS
    for row in range(grid.height):
        part = np.clip(level - 8 * (grid.height - 1 - row), 0, 8)
        grid.code[row], grid.style[row] = blocks[part], ink(role)


def heat(grid: Grid, columns: Ints, shares: Floats, role: str, *, unicode: bool) -> None:
    """`shares` [n, rows], the top row first; `columns` [width] picks one each, -1 none.

    A column's fullest cell is solid, and no number is too few to be seen.
    """
    if not len(shares):
        return
    most = np.maximum(shares.max(axis=1, keepdims=True), 1e-300)
    level = np.ceil(4 * shares / most - 1e-9).astype(int)
    drawn = np.where(columns[:, None] >= 0, level[columns], 0)
    grid.code[...] = (SHADES if unicode else ASCII_SHADES)[drawn].T
    grid.style[...] = ink(role)


def newest(steps: Ints, timeline: Timeline) -> Ints:
    """[width] Which of the rising `steps` each column shows: the newest of its own segment.

    Before the first one of a segment, that one; -1 where a segment has none.
    """
    found = np.full(timeline.width, -1, np.int64)
    starts = timeline.starts
    for i in range(len(timeline.segments)):
        begin, end = timeline.reach(i)
        first, behind = np.searchsorted(steps, [begin, end])
        mine = np.flatnonzero((starts >= timeline.span(i)[0]) & (starts < timeline.span(i)[1]))
        if first < behind:
            at = np.searchsorted(steps, starts[mine] + timeline.spc) - 1
            found[mine] = np.clip(at, first, behind - 1)
    return found
