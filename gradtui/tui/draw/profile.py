"""The depth profile: log10 of the signal across, depth down. A slant is decay, upright is well."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gradtui.tui.draw import braille
from gradtui.tui.draw.decades import Axis
from gradtui.tui.grid import Codes, Grid
from gradtui.tui.inks import ink
from gradtui.tui.numbers import power

Floats = NDArray[np.float64]
HEALTHY_DECADES = 2
WIDE_SPAN = 18
"""Decades above which the grid gets wider."""
NARROW = 20
CELLS_PER_TICK = 4


def ticks(scale: Axis, columns: int) -> list[tuple[int, int]]:
    """(cell, exponent) of the grid: every 3 decades, 4 where narrow, 5 above 18 decades."""
    if not scale.log:
        return []
    span = scale.high - scale.low
    unit = 5 if span > WIDE_SPAN else 4 if columns < NARROW and scale.low < -6 else 3
    if span > WIDE_SPAN:
        unit *= max(1, round(span / (5 * columns / CELLS_PER_TICK)))
    low = int(-(-scale.low // unit) * unit)
    exponents = range(low, int(scale.high) + 1, unit)
    return [(min(int(scale.share(np.array(e)) * columns), columns - 1), e) for e in exponents]


def labels(scale: Axis, columns: int, left: int, *, unicode: bool = True) -> list[tuple[int, str]]:
    """(x, text) of the grid's exponents, over their cells; those that would touch are left out."""
    found: list[tuple[int, str]] = []
    free = left - 1
    for cell, exponent in ticks(scale, columns):
        text = power(exponent, unicode=unicode)
        x = max(left - 1, min(left + cell - len(text) // 2, left + columns + 1 - len(text)))
        if x >= free:
            found.append((x, text))
            free = x + len(text) + 1
    return found


def curve(
    scale: Axis, values: Floats, lane_rows: int, columns: int,
    joined: NDArray[np.bool_] | None = None,
) -> braille.Dots:  # fmt: skip
    """The line through one vertex a lane, top lane first; only where a value is above zero.

    It goes on to the next lane where it is `joined` to it, else it is dots.
    """
    x = scale.share(values) * 2 * columns
    x = np.where(np.isfinite(x), np.clip(x, 0, 2 * columns - 1), np.nan)
    y = np.asarray(4 * lane_rows * np.arange(len(values)) + 2 * lane_rows - 1, np.float64)
    return braille.polyline(x, y, len(values) * lane_rows, columns, joined)


def every_second(dots: braille.Dots) -> braille.Dots:
    """Half of a line's dots, by rows where it is steep, by columns where it is flat."""
    steep = dots.any(axis=1).sum() >= dots.any(axis=0).sum()
    along = dots if steep else dots.T
    thin = np.zeros_like(along)
    lines = np.flatnonzero(along.any(axis=1))
    lines = lines[lines % 2 == 1]
    thin[lines, along[lines].argmax(axis=1)] = True
    return thin if steep else thin.T


def grid_lines(grid: Grid, scale: Axis) -> None:
    """Dotted verticals at the ticks."""
    for cell, _ in ticks(scale, grid.width):
        grid.code[:, cell], grid.style[:, cell] = ord("┊"), ink("rule")


def band(grid: Grid, scale: Axis, top: float) -> None:
    """The background within two decades of the output layer."""
    if not (scale.log and np.isfinite(top)):
        return
    edges = scale.share(np.array([top - HEALTHY_DECADES, top + HEALTHY_DECADES])) * grid.width
    low, high = np.clip(np.round(edges), 0, grid.width).astype(int)
    Grid(grid.code[:, low:high], grid.style[:, low:high]).paper("band")


def stamp(grid: Grid, dots: braille.Dots, styles: NDArray[np.int_], *, plain: str = "") -> None:
    """Put a line's cells on the grid, in the style of their row; `plain` stands for dots."""
    bits: Codes = braille.cells(dots)
    rows, columns = np.nonzero(bits)
    grid.code[rows, columns] = ord(plain) if plain else braille.BRAILLE + bits[rows, columns]
    grid.style[rows, columns] = styles[rows]
