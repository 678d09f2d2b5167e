"""Lanes: one row a layer on one log axis. Height says how much, colour how much was lost."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtui.core.history import History
from gradtui.tui.draw.decades import Axis, axis
from gradtui.tui.grid import BLANK, Codes
from gradtui.tui.inks import Inks, ink
from gradtui.tui.theme import RAMP, ramp_role
from gradtui.tui.timeline import Timeline

NONE, VALUE, ZERO, INF, NAN = range(5)
"""What a cell of a lane holds; of several, the last of this order."""
BLOCKS = np.array([ord(c) for c in " ▁▂▃▄▅▆▇█"], np.uint32)
ASCII_BLOCKS = np.array([ord(c) for c in " __.-=*##"], np.uint32)
GLYPHS = {ZERO: ("_", "0"), INF: ("∞", "!"), NAN: ("×", "X")}
ROLES = {ZERO: "dead", INF: "exploding", NAN: "nan"}
HYSTERESIS = 0.25
"""Levels and decades that a value must leave its cell by before the lane moves; or it flickers."""
UNSHADED = 99
"""No shade yet: no value was finite."""

Floats = NDArray[np.float32]
Kinds = NDArray[np.uint8]
Ints = NDArray[np.int64]


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
    history: History, timeline: Timeline, layers: Ints, starts: list[int], since: int
) -> tuple[Floats, Kinds]:
    """Values and kinds [columns, 1 + lanes] for the columns from `since` to the pen.

    `starts` says where each lane begins in `layers`, the lowest lane first. The answer begins
    with the output layer, which colours count from; then come the lanes from the highest on.
    """
    count = max(timeline.pen + 1 - since, 0)
    shape = (count, 1 + len(starts))
    at = timeline.columns(history.first)
    start = int(np.searchsorted(at, since))
    at = at[start:] - since
    keep = int(np.searchsorted(at, count))
    at = at[:keep]
    if not len(at):
        return np.full(shape, np.nan, np.float32), np.zeros(shape, np.uint8)
    rows = slice(start, start + keep)
    edges = np.flatnonzero(np.diff(at, prepend=-1))
    value, kind = np.full(shape, np.nan, np.float32), np.zeros(shape, np.uint8)
    value[at[edges]], kind[at[edges]] = _reduced(history, rows, edges, layers, starts)
    return value, kind


def before(
    history: History, timeline: Timeline, layers: Ints, starts: list[int]
) -> tuple[Floats, Kinds, int] | None:
    """Values and kinds [1 + lanes] that go on into a window's first column, and their step."""
    row = int(np.searchsorted(history.first, timeline.first)) - 1
    if row < 0 or history.first[row] < timeline.origin or timeline.first == timeline.origin:
        return None
    value, kind = _reduced(history, slice(row, row + 1), np.array([0]), layers, starts)
    return value[0], kind[0], int(history.first[row])


def _reduced(
    history: History, rows: slice, edges: NDArray[np.intp], layers: Ints, starts: list[int]
) -> tuple[Floats, Kinds]:
    """Values and kinds [edges, 1 + lanes]: the buckets `rows`, reduced from edge to edge."""
    pick, sums = _run(layers), list[NDArray[Any]]()
    for part in (history.sums[rows], *history.counts(rows)):
        if len(sums) > 1 and part.strides == (0, 0):  # most runs have no zeros, infs and nans
            sums.append(np.zeros_like(sums[1]))
            continue
        columns = np.add.reduceat(part, edges, axis=0)
        lanes = np.add.reduceat(columns[:, pick], starts, axis=1)
        sums.append(np.hstack([columns[:, -1:], lanes[:, ::-1]]))
    return combine(*sums, log=history.log)


def _run(layers: Ints) -> slice | Ints:
    """Neighbours as a slice, which numpy need not copy."""
    first, last = int(layers[0]), int(layers[-1])
    if last - first + 1 == len(layers) and (np.diff(layers) == 1).all():
        return slice(first, last + 1)
    return layers


@dataclass
class Carry:
    """What one column hands on to the next, for each lane."""

    level: NDArray[np.int64]
    shade: NDArray[np.int64]
    value: Floats
    kind: Kinds
    since: NDArray[np.int64]
    """First step of the column that the value is from."""

    @classmethod
    def start(cls, lanes: int) -> Carry:
        level, shade = np.full(lanes, -1), np.full(lanes, UNSHADED)
        value, kind = np.full(lanes, np.nan, np.float32), np.zeros(lanes, np.uint8)
        return cls(level, shade, value, kind, np.zeros(lanes, np.int64))

    def take(self, values: Floats, kinds: Kinds, step: int) -> None:
        """A column's own values; where it has none the last ones go on."""
        fresh = kinds != NONE
        self.value = np.where(fresh, values, self.value)
        self.kind = np.where(fresh, kinds, self.kind)
        self.since = np.where(fresh, step, self.since)

    def settle(self, levels: int, scale: Axis) -> None:
        """Level and shade of the values; they move only if the value clearly left them.

        The first one is the output layer, which the shades of all are measured from.
        """
        valued = self.kind == VALUE
        height = np.where(valued, levels * scale.share(self.value), 0)
        level = np.clip(np.floor(height), 0, levels - 1).astype(np.int64)
        held = (height >= self.level - HYSTERESIS) & (height < self.level + 1 + HYSTERESIS)
        self.level = np.where(valued & ~(held & (self.level >= 0)), level, self.level)
        if valued[0] and scale.log:
            away = np.where(valued, self.value - self.value[0], 0)
            near = np.abs(away - self.shade) <= 0.5 + HYSTERESIS
            self.shade = np.where(valued & ~near, np.round(away), self.shade).astype(np.int64)


class Lanes:
    """The cells of all lanes; each update draws only the columns that are new.

    A full redraw happens when the axis, the time axis, the size, the quantity or the layers
    change. The output layer goes along as a lane that is not drawn: colours count from it.
    """

    def __init__(self) -> None:
        self._key: object = None
        self._next = 0
        self._before = Carry.start(0)
        """As it was before the newest column, which is not full yet."""
        self.code: Codes = np.empty((0, 0), np.uint32)
        self.style: Inks = np.empty((0, 0), np.uint16)

    def update(
        self, history: History, timeline: Timeline, layers: Ints, starts: list[int], rows: int,
        *, gap: int, unicode: bool = True,
    ) -> None:  # fmt: skip
        """`layers` and `starts` as in `summed`, `rows` a lane.

        Values go on in their own colour over at most `gap` steps.
        """
        scale = axis(history)
        key = (
            id(history), history.width, history.cuts, timeline.width, timeline.spc,
            timeline.segments, layers.tobytes(), tuple(starts), rows, scale, gap, unicode,
        )  # fmt: skip
        if key != self._key:
            self._key, self._next = key, 0
            self._before = Carry.start(1 + len(starts))
            if (earlier := before(history, timeline, layers, starts)) is not None:
                self._before.take(*earlier)
            shape = (len(starts) * rows, timeline.width)
            self.code = np.full(shape, BLANK, np.uint32)
            self.style = np.full(shape, ink("faint"), np.uint16)
        first = self._next
        carry = copy.copy(self._before)
        values, kinds = summed(history, timeline, layers, starts, first)
        for i in range(len(values)):
            column = first + i
            if column == timeline.pen:
                self._before, self._next = copy.copy(carry), column
            start = int(timeline.starts[column])
            if start < 0:  # an intervention: what was before it does not go on behind it
                carry.kind = np.zeros_like(carry.kind)
                continue
            carry.take(values[i], kinds[i], start)
            carry.settle(8 * rows - 1, scale)
            self._column(column, carry, rows, start - carry.since > gap, scale, unicode)

    def _column(
        self, column: int, carry: Carry, rows: int, stale: NDArray[np.bool_], scale: Axis,
        unicode: bool,
    ) -> None:  # fmt: skip
        kinds, levels, shade, stale = carry.kind[1:], carry.level[1:], carry.shade[1:], stale[1:]
        valued = kinds == VALUE
        shade = np.clip(np.where(shade == UNSHADED, 0, shade), RAMP[0], RAMP[-1])
        style = np.where(stale, ink("faint"), _shades(log=scale.log)[shade - RAMP[0]])
        blocks = BLOCKS if unicode else ASCII_BLOCKS
        for row in range(rows):  # from the bottom of a lane up
            part = np.where(valued, np.clip(levels + 1 - 8 * row, 0, 8), 0)
            self.code[rows - 1 - row :: rows, column] = blocks[part]
            self.style[rows - 1 - row :: rows, column] = style
        for kind, glyphs in GLYPHS.items():
            where = np.flatnonzero(kinds == kind)
            if len(where):
                lines = where * rows + rows - 1
                self.code[lines, column] = ord(glyphs[0] if unicode else glyphs[1])
                own = ink(ROLES[kind], bold=kind == INF)
                self.style[lines, column] = np.where(stale[where], ink("faint"), own)


@cache
def _shades(*, log: bool) -> NDArray[np.int_]:
    return np.array([ink(ramp_role(decades) if log else ramp_role(0)) for decades in RAMP])
