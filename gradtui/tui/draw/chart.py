"""A chart: lines over a dim envelope; cells that two lines share show both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gradtui.core.frozen import frozen
from gradtui.tui import numbers
from gradtui.tui.draw import braille
from gradtui.tui.draw.series import Series
from gradtui.tui.grid import BLANK, Codes, Grid
from gradtui.tui.inks import ink
from gradtui.tui.view import Colors

Floats = NDArray[np.float64]

LEAST_DECADES = 2.5
FEW_DECADES = 1.5
"""An axis of so many has numbers at the threes, too."""
FEW_ROWS = 4
"""In charts as low as this, ticks stand in neighbouring rows."""
TOPS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
FORK_EVERY = 3
"""Sub-columns from one dot to the next of a line that only dots tell apart."""
REFERENCE_EVERY = 4
"""Sub-columns from one dot of the reference line to the next."""
ASCII = {"both": "#", "train": "*", "test": "o", "fork": "-", "env": ":", "faint": ".", "rule": "."}
STRIP = "▁▂▃▄▅▆▇"
ASCII_STRIP = "__.-=*#"


@frozen
class Scale:
    """Values (log10 for the loss) at the top and the bottom of a chart."""

    low: float
    high: float

    def dots(self, values: Floats, rows: int) -> Floats:
        """Dots from the top; -inf lies at the bottom."""
        share = (self.high - values) / (self.high - self.low)
        return np.asarray(np.clip(share, -1.0, 2.0) * (4 * rows - 1))

    def row(self, value: float, rows: int) -> int:
        """The row of cells that a value falls into."""
        return int(np.clip(self.dots(np.array(value), rows).round() // 4, 0, rows - 1))


def loss_scale(low: float, high: float, chance: float) -> Scale:
    """log10 of the loss: whole decades below, half ones above; `chance` is always in sight."""
    low, high = (value if math.isfinite(value) else chance for value in (low, high))
    top = math.ceil(2 * max(high, chance)) / 2
    return Scale(float(math.floor(min(low, chance, top - LEAST_DECADES + 0.5))), top)


def near_scale(low: float, high: float, chance: float) -> Scale:
    """log10 of the loss in a window: half decades around what it shows, one decade at least."""
    low, high = (value if math.isfinite(value) else chance for value in (low, high))
    top = math.ceil(2 * high) / 2
    return Scale(min(math.floor(2 * low) / 2, top - 1.0), top)


def linear_scale(high: float) -> Scale:
    """From 0 to the next of 1, 1.2, 1.5, 2, 2.5, 3 … times a power of ten."""
    decade = 10.0 ** math.floor(math.log10(high)) if high > 0 else 1.0
    return Scale(0.0, next(decade * m for m in TOPS if decade * m >= high * (1 - 1e-9)))


def log_marks(scale: Scale, rows: int, *, unicode: bool) -> tuple[tuple[float, str], ...]:
    """(exponent, number) of the decades from the top; the threes too where there are few."""
    if scale.high - scale.low <= FEW_DECADES:
        exponents = range(math.ceil(scale.high), math.floor(scale.low) - 1, -1)
        marks = [(e + math.log10(m), numbers.knob(m * 10.0**e)) for e in exponents for m in (3, 1)]
        return tuple(mark for mark in marks if scale.low <= mark[0] <= scale.high)
    unit = math.ceil(_apart(rows) * (scale.high - scale.low) / (rows + 0.5))
    exponents = range(math.floor(scale.high) // unit * unit, math.ceil(scale.low) - 1, -unit)
    return tuple((float(e), numbers.tick(e, unicode=unicode)) for e in exponents)


def linear_marks(scale: Scale, rows: int) -> tuple[tuple[float, str], ...]:
    """(value, number) in steps of 1, 2 or 5 times a power of ten."""
    least = _apart(rows) * scale.high / (rows + 0.5)
    decade = 10.0 ** math.floor(math.log10(least))
    unit = next(decade * m for m in (1, 2, 5, 10) if decade * m >= least)
    count = math.floor(scale.high / unit + 1e-9)
    return tuple((n * unit, numbers.knob(n * unit)) for n in range(count, -1, -1))


def _apart(rows: int) -> int:
    """Rows from one number of a y axis to the next."""
    return 1 if rows <= FEW_ROWS else 2


def paint(
    grid: Grid, scale: Scale, train: Series, test: Floats, reference: float,
    marked: tuple[int, ...], *, left: Sequence[Floats] = (), colors: Colors, unicode: bool,
) -> None:  # fmt: skip
    """Draw into the whole grid: train, test, what undo `left`, envelope, reference, baseline, in
    this order.

    The columns `marked` belong to interventions and stay blank.
    """
    rows, columns = grid.height, grid.width
    lines = braille.trace(scale.dots(train.line, rows), rows)
    tested = braille.trace(scale.dots(test, rows), rows)
    if colors == "none":
        tested[:, ::2] = False
    layers = [("train", braille.cells(lines)), ("test", braille.cells(tested))]
    layers += [("fork", braille.cells(_faded(scale, line, rows, colors))) for line in left]
    if colors != "none":
        layers.append(("env", braille.cells(_envelope(scale, train, rows))))
    layers.append(("faint", _level(scale, reference, rows, columns, REFERENCE_EVERY)))
    if colors != "none":
        layers.append(("rule", _level(scale, scale.low, rows, columns, 2)))
    first, second = layers[0][1] > 0, layers[1][1] > 0
    layers.insert(0, ("both", np.where(first & second, layers[0][1] | layers[1][1], 0)))
    free = np.ones((rows, columns), bool)
    free[:, [column for column in marked if column < columns]] = False
    for role, bits in layers:
        here = free & (bits > 0)
        glyph = braille.BRAILLE + bits[here] if unicode else ord(ASCII[role])
        grid.code[here], grid.style[here] = glyph, ink(role)
        free &= ~here
    _lost(grid, train, unicode=unicode)


def _faded(scale: Scale, line: Floats, rows: int, colors: Colors) -> braille.Dots:
    dots = braille.trace(scale.dots(line, rows), rows)
    if colors == "none":
        every = np.arange(dots.shape[1]) % FORK_EVERY > 0
        dots[:, every] = False
    return dots


def _envelope(scale: Scale, train: Series, rows: int) -> braille.Dots:
    with np.errstate(invalid="ignore"):
        top, bottom = scale.dots(train.high, rows).round(), scale.dots(train.low, rows).round()
    known = np.isfinite(top) & np.isfinite(bottom)
    top = np.where(known, top, 0).astype(int)
    bottom = np.where(known, np.minimum(bottom, 4 * rows - 1), -1).astype(int)
    return braille.between(np.repeat(top, 2), np.repeat(bottom, 2), rows)


@lru_cache(maxsize=32)
def _level(scale: Scale, value: float, rows: int, columns: int, every: int) -> Codes:
    """The cells of a dotted line: the same from one painting to the next."""
    dots = np.zeros((4 * rows, 2 * columns), bool)
    at = scale.dots(np.array(value), rows)
    if np.isfinite(at) and 0 <= at <= 4 * rows - 1:
        dots[int(at.round()), ::every] = True
    return braille.cells(dots)


def _lost(grid: Grid, train: Series, *, unicode: bool) -> None:
    grid.code[-1, train.lost] = ord("×" if unicode else "X")
    grid.style[-1, train.lost] = ink("nan")


def strip(grid: Grid, train: Series, flat: float, *, unicode: bool) -> None:
    """A chart of one row: the mean of each column as an eighth block.

    A line that moves by less than `flat` is full, not empty: nothing was gained.
    """
    halves = train.line.reshape(-1, 2)
    known = np.isfinite(halves)
    count = known.sum(axis=1)
    mean = np.where(known, halves, 0).sum(axis=1) / np.maximum(count, 1)
    here = count > 0
    if here.any():
        low, high = mean[here].min(), max(mean[here].max(), mean[here].min() + 1e-9)
        level = np.clip(np.floor(7 * (mean - low) / (high - low)), 0, 6).astype(int)
        if high - low < flat:
            level[:] = 6
        glyphs = np.array([ord(c) for c in (STRIP if unicode else ASCII_STRIP)], np.uint32)
        grid.code[0] = np.where(here, glyphs[level], BLANK)
        grid.style[0] = ink("fork")
    _lost(grid, train, unicode=unicode)
