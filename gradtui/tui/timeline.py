"""Steps to columns: one time axis for lanes, charts and markers.

One column spans `spc` steps, the smallest of a ladder that shows the whole run; when the columns
are used up the run folds to the next rung. Each intervention owns a column and starts the grid
anew, so no column mixes what was before it with what came after. An axis may begin at a later
step than 0: then it is a window, and what lies before it has no column.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gradtui.core.frozen import frozen

Ints = NDArray[np.int64]
COLUMNS_PER_MARKER = 8
"""More markers than one for so many columns: the oldest lose their column."""
COLUMNS_PER_TICK = 9


def ladder(rung: int) -> int:
    """1 2 3 4 5 6 8 10 12 16 20 24 …: 1, 3 and 5 times powers of two, by rung from 0."""
    small = (1, 2, 3)
    if rung < len(small):
        return small[rung]
    octave, place = divmod(rung - len(small), 3)
    return int((4, 5, 6)[place] * 2**octave)


@frozen
class Timeline:
    """`width` columns for the steps `first` to `last`; `segments`: (first step, first column)."""

    width: int
    last: int
    spc: int
    segments: tuple[tuple[int, int], ...]
    marks: tuple[tuple[int, int | None], ...]
    """(step, its own column or None) of each step with an intervention, the oldest first."""
    origin: int = 0
    """The last intervention at or before the first step, else 0: data from there on belong to
    the first segment, although those before its first step have no column."""

    @property
    def first(self) -> int:
        """The first step in view."""
        return self.segments[0][0]

    @cached_property
    def _firsts(self) -> Ints:
        return np.array([first for first, _ in self.segments], np.int64)

    @cached_property
    def _columns(self) -> Ints:
        return np.array([column for _, column in self.segments], np.int64)

    def columns(self, steps: ArrayLike) -> Ints:
        """The column of each step; -1 before the first step."""
        at = np.asarray(steps, np.int64)
        segment = np.searchsorted(self._firsts, at, side="right") - 1
        column = self._columns[segment] + (at - self._firsts[segment]) // self.spc
        return np.asarray(np.where(segment < 0, -1, column))

    def column(self, step: int) -> int:
        return int(self.columns([step])[0])

    @cached_property
    def pen(self) -> int:
        """The column of the newest step."""
        return self.column(self.last)

    @cached_property
    def marked(self) -> tuple[int, ...]:
        """The columns that belong to interventions."""
        return tuple(column for _, column in self.marks if column is not None)

    @cached_property
    def starts(self) -> Ints:
        """[width] First step of each column; -1 for a marker's column, and beyond the newest."""
        steps = np.full(self.width, -1, np.int64)
        ends = [column - 1 for _, column in self.segments[1:]] + [self.pen + 1]
        for (first, column), end in zip(self.segments, ends, strict=True):
            count = max(0, min(end, self.width) - column)
            steps[column : column + count] = first + self.spc * np.arange(count)
        return steps

    @cached_property
    def halves(self) -> NDArray[np.float64]:
        """[2 * width] The middle of each half column in steps; nan where no step was made."""
        own = np.repeat(self.starts, 2)
        begin = own + self.spc / 2 * np.tile([0.0, 1.0], self.width)
        made = (own >= 0) & (begin < self.last + 1)
        # a segment may end in mid-column
        made &= self.columns(np.floor(begin)) == np.repeat(np.arange(self.width), 2)
        # and then in mid-half: its middle must not lie behind the intervention, or the newest step
        ends = np.append(self._firsts, self.last + 1)
        behind = ends[np.searchsorted(self._firsts, begin, "right")]
        return np.where(made, (begin + np.minimum(begin + self.spc / 2, behind)) / 2, np.nan)

    def span(self, segment: int) -> tuple[int, int]:
        """(first step, first step behind it) of a segment."""
        first = self.segments[segment][0]
        behind = segment + 1 < len(self.segments)
        return first, self.segments[segment + 1][0] if behind else self.last + 1

    def reach(self, segment: int) -> tuple[int, int]:
        """As `span`, but from where the data begin that may be drawn with this segment."""
        first, behind = self.span(segment)
        return (first if segment else self.origin), behind

    def steps(self, column: int) -> tuple[int, int] | None:
        """(first step, first step behind it) of a column; None where it holds no step."""
        if not 0 <= column < self.width or self.starts[column] < 0:
            return None
        start = int(self.starts[column])
        segment = int(np.searchsorted(self._firsts, start, side="right")) - 1
        return start, min(start + self.spc, self.span(segment)[1])

    def ticks(self) -> list[tuple[int, int]]:
        """(column, step) of the numbers on the step axis, on 1-2-5 steps."""
        unit = _nice(self.spc * COLUMNS_PER_TICK)
        found = []
        for i, (first, column) in enumerate(self.segments):
            start, end = self.span(i)
            if first and end - start:
                found.append((column, first))
            round_steps = range(-(-start // unit) * unit, end, unit)
            found += [
                (self.column(step), step) for step in round_steps if not first or step > first
            ]
        return found


def _nice(least: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50 … that is not below `least` by more than a fifth."""
    for exponent in range(12):
        for mantissa in (1, 2, 5):
            if mantissa * 10**exponent >= 0.8 * least:
                return int(mantissa * 10**exponent)
    return least


def timeline(
    width: int, last: int, markers: Sequence[int] = (), *, first: int = 0, room: int = 0
) -> Timeline:
    """The axis for the steps `first` to `last` with interventions before the steps `markers`.

    There are columns for `room` steps at least, so that a window can fill without folding.
    """
    steps = sorted({step for step in markers if first <= step <= last + 1})
    owners = steps[-(width // COLUMNS_PER_MARKER) :] if width >= COLUMNS_PER_MARKER else []
    lost = [step for step in steps if step not in set(owners)]
    rung = 0
    while True:
        spc = ladder(rung)
        segments, _ = _segments(spc, first, last, owners)
        if _segments(spc, first, max(last, first + room - 1), owners)[1] <= max(width, 1):
            break
        rung += 1
    own = {step: column - 1 for step, column in segments if step in set(owners)}
    marks = tuple((step, own.get(step)) for step in sorted([*lost, *owners]))
    origin = max((step for step in markers if 0 <= step <= first), default=0)
    return Timeline(max(width, 1), last, spc, tuple(segments), marks, origin)


def _segments(
    spc: int, first: int, last: int, owners: Sequence[int]
) -> tuple[list[tuple[int, int]], int]:
    """The segments, and how many columns they need."""
    segments, column = [], 0
    for step in owners:
        if step > first:
            segments.append((first, column))
            column += -(-(step - first) // spc)
        column += 1  # the marker's own
        first = step
    segments.append((first, column))
    return segments, column + -(-max(last + 1 - first, 0) // spc)
