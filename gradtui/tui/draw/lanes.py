"""Lanes: one row a layer on one log axis. Height says how much, colour how much was lost."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gradtui.core.history import History
from gradtui.tui.grid import BLANK, Codes, Inks, ink
from gradtui.tui.theme import RAMP, ramp_role
from gradtui.tui.timeline import Timeline

NONE, VALUE, ZERO, INF, NAN = range(5)
"""What a cell of a lane holds; of several, the last of this order."""

BLOCKS = np.array([ord(c) for c in " ▁▂▃▄▅▆▇█"], np.uint32)
ASCII_BLOCKS = np.array([ord(c) for c in " __.-=*##"], np.uint32)
GLYPHS = {ZERO: ("_", "0"), INF: ("∞", "!"), NAN: ("×", "X")}
ROLES = {ZERO: "dead", INF: "exploding", NAN: "nan"}
MIN_DECADES = 6
HYSTERESIS = 0.25
"""Levels and decades that a value must leave its cell by before the lane moves; or it flickers."""

Floats = NDArray[np.float32]
Kinds = NDArray[np.uint8]


@dataclass(frozen=True)
class Axis:
    """The log10 (or, for shares, linear) axis that all layers have in common."""

    low: float
    high: float
    log: bool = True

    def share(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Where values lie on the axis, 0 to 1."""
        return (np.asarray(values, np.float64) - self.low) / (self.high - self.low)


def axis(history: History) -> Axis:
    """Whole decades around everything finite so far, six at least; it only grows."""
    if not history.log:
        return Axis(0.0, 1.0, log=False)
    low, high = history.range
    if low > high:
        return Axis(-float(MIN_DECADES), 0.0)
    top = math.ceil(high)
    return Axis(float(min(math.floor(low), top - MIN_DECADES)), float(top))


def combine(
    total: Floats, count: NDArray[np.int_], zeros: NDArray[np.int_], infs: NDArray[np.int_],
    nans: NDArray[np.int_], *, log: bool,
) -> tuple[Floats, Kinds]:  # fmt: skip
    """Mean of the finite values, and what to show: nan, inf, zero if half or more are zero."""
    with np.errstate(invalid="ignore", divide="ignore"):
        value = (total / count).astype(np.float32)
    kind = np.where(count > 0, VALUE, NONE).astype(np.uint8)
    kind[(zeros > 0) & (2 * zeros >= count + zeros)] = ZERO
    kind[infs > 0] = INF
    if log:  # a share that is nan is not defined, which is no fault
        kind[nans > 0] = NAN
    return value, kind


def summed(
    history: History, timeline: Timeline, groups: tuple[tuple[int, int], ...], since: int
) -> tuple[Floats, Kinds]:
    """Values and kinds [columns, lanes] for the columns from `since` to the pen."""
    count = max(timeline.pen + 1 - since, 0)
    shape = (count, len(groups))
    at = timeline.columns(history.first)
    start = int(np.searchsorted(at, since))
    at = at[start:] - since
    keep = int(np.searchsorted(at, count))
    at = at[:keep]
    if not len(at):
        return np.full(shape, np.nan, np.float32), np.zeros(shape, np.uint8)
    rows = slice(start, start + keep)
    edges = np.flatnonzero(np.diff(at, prepend=-1))
    lanes = [first for first, _ in reversed(groups)]
    finite = history.count[rows]
    parts = (
        np.where(finite > 0, history.mean[rows] * finite, 0),
        finite, history.zeros[rows], history.infs[rows], history.nans[rows],
    )  # fmt: skip
    sums = [
        np.add.reduceat(np.add.reduceat(part, edges, axis=0), lanes, axis=1)[:, ::-1]
        for part in parts
    ]
    value, kind = np.full(shape, np.nan, np.float32), np.zeros(shape, np.uint8)
    value[at[edges]], kind[at[edges]] = combine(*sums, log=history.log)
    return value, kind


class Lanes:
    """The cells of all lanes; each update draws only the columns that are new.

    A full redraw happens when the axis, the time axis, the size or the quantity changes.
    """

    def __init__(self) -> None:
        self._key: object = None
        self.code: Codes = np.empty((0, 0), np.uint32)
        self.style: Inks = np.empty((0, 0), np.uint16)

    def update(
        self,
        history: History,
        timeline: Timeline,
        groups: tuple[tuple[int, int], ...],
        rows: int,
        *,
        gap: int,
        unicode: bool = True,
    ) -> None:
        """`rows` a lane; values go on in their own colour over at most `gap` steps."""
        scale = axis(history)
        key = (
            id(history), timeline.width, timeline.spc, timeline.segments, history.width, groups,
            rows, scale, gap, unicode,
        )  # fmt: skip
        if key != self._key:
            self._key = key
            shape = (len(groups) * rows, timeline.width)
            self.code = np.full(shape, BLANK, np.uint32)
            self.style = np.full(shape, ink("faint"), np.uint16)
            self._level = np.full(len(groups), -1)
            self._shade = np.full(len(groups), 99)
            self._value = np.full(len(groups), np.nan, np.float32)
            self._kind = np.zeros(len(groups), np.uint8)
            self._age = np.zeros(len(groups), np.int64)
            self._next, self._saved = 0, self._state()
        self._restore()
        self._draw(history, timeline, groups, rows, scale, gap, unicode)

    def _state(self) -> tuple[NDArray[np.generic], ...]:
        parts = (self._level, self._shade, self._value, self._kind, self._age)
        return tuple(part.copy() for part in parts)

    def _restore(self) -> None:
        """Back to before the newest column, which is not full yet."""
        (self._level, self._shade, self._value, self._kind, self._age) = (
            part.copy() for part in self._saved
        )

    def _draw(
        self, history: History, timeline: Timeline, groups: tuple[tuple[int, int], ...],
        rows: int, scale: Axis, gap: int, unicode: bool,
    ) -> None:  # fmt: skip
        since = self._next
        values, kinds = summed(history, timeline, groups, since)
        for i in range(len(values)):
            column = since + i
            if column == timeline.pen:
                self._saved, self._next = self._state(), column
            start = timeline.starts[column]
            if start < 0:  # an intervention: what was before it does not go on behind it
                self._kind[:] = NONE
                self.code[:, column] = BLANK
                continue
            fresh = kinds[i] != NONE
            self._value = np.where(fresh, values[i], self._value)
            self._kind = np.where(fresh, kinds[i], self._kind)
            self._age = np.where(fresh, start, self._age)
            self._column(column, rows, scale, start - self._age > gap, unicode)

    def _column(
        self, column: int, rows: int, scale: Axis, stale: NDArray[np.bool_], unicode: bool
    ) -> None:
        levels = 8 * rows - 1
        valued = self._kind == VALUE
        height = np.where(valued, levels * scale.share(self._value), 0)
        level = np.clip(np.floor(height), 0, levels - 1).astype(int)
        held = (height >= self._level - HYSTERESIS) & (height < self._level + 1 + HYSTERESIS)
        self._level = np.where(valued & ~(held & (self._level >= 0)), level, self._level)
        if valued[0] and scale.log:
            away = np.where(valued, self._value - self._value[0], 0)
            near = np.abs(away - self._shade) <= 0.5 + HYSTERESIS
            self._shade = np.where(valued & ~near, np.round(away), self._shade).astype(int)
        shade = np.clip(np.where(self._shade == 99, 0, self._shade), RAMP[0], RAMP[-1])
        style = np.where(stale, ink("faint"), _shades(log=scale.log)[shade - RAMP[0]])
        blocks = BLOCKS if unicode else ASCII_BLOCKS
        for row in range(rows):  # from the bottom of a lane up
            part = np.where(valued, np.clip(self._level + 1 - 8 * row, 0, 8), 0)
            self.code[rows - 1 - row :: rows, column] = blocks[part]
            self.style[rows - 1 - row :: rows, column] = style
        self._signs(column, rows, stale, unicode)

    def _signs(self, column: int, rows: int, stale: NDArray[np.bool_], unicode: bool) -> None:
        for kind, glyphs in GLYPHS.items():
            where = np.flatnonzero(self._kind == kind)
            if len(where):
                lines = where * rows + rows - 1
                self.code[lines, column] = ord(glyphs[0] if unicode else glyphs[1])
                own = ink(ROLES[kind], bold=kind == INF)
                self.style[lines, column] = np.where(stale[where], ink("faint"), own)


def _shades(*, log: bool) -> NDArray[np.int_]:
    return np.array([ink(ramp_role(decades) if log else "ramp+0") for decades in RAMP])
