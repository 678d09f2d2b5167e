"""The whole run in bounded memory: buckets of steps that never lose a spike.

A bucket keeps the mean of the finite values, min, max and last, and how many were zero, inf
and nan. When all buckets are in use, neighbours of one segment are merged two by two, so the
whole run stays in view at half the resolution. A segment begins at each intervention and no
bucket spans two of them.
"""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gradtui.core.buckets import Buckets
from gradtui.core.columns import Array
from gradtui.core.folds import Cells, Folded
from gradtui.core.scale import log10

AT_ONCE = 2**17
"""Values of a quantity that get their room at the start, 2 MB: what grows by and by leaves holes
behind, and a run that uses more memory every minute looks like one that leaks. A deep net's
8 MB a quantity are taken when they are needed."""


class History(Buckets):
    """One quantity over the steps, for L layers at once.

    With `log` the values are magnitudes and kept as log10 in float32 (zero: -inf).
    """

    def __init__(self, layers: int, *, log: bool = True, capacity: int | None = None) -> None:
        self.log = log
        self.capacity = capacity or int(np.clip(2**19 // max(layers, 1), 512, 2048))
        small = layers * self.capacity <= AT_ONCE
        super().__init__(layers, self.capacity if small else min(64, self.capacity))
        self.width = 1
        """Steps a bucket spans."""
        self.segments = [0]
        """First step of each segment."""
        self.total = 0
        self.cuts = 0
        """How often its past was changed: whoever draws only what is new looks at it."""

    def mark(self, step: int) -> None:
        """An intervention takes effect before `step`: the next value opens a new segment."""
        if step > self.segments[-1]:
            self.segments.append(step)

    def cut(self, step: int) -> Self:
        """Give up all from `step` on, which is where a segment begins, and return it."""
        gone = self.split(int(np.searchsorted(self.first, step)))
        gone.total = int(gone._rows.sum())
        self.total -= gone.total
        self.segments = [start for start in self.segments if start <= step]
        self.mark(step)
        self.cuts += 1
        return gone

    def rejoin(self, gone: Self) -> None:
        """Take back what `cut` gave, where nothing came instead of it."""
        for part in (self, gone):
            while self.size + gone.size > self.capacity and part.size > 1:
                part._fold()
        self.width = max(self.width, gone.width)
        self.unite(gone)
        self.total += gone.total
        self.segments = list(gone.segments)
        self.cuts += 1

    def append(self, steps: ArrayLike, values: ArrayLike) -> None:
        """Add values [K, L] (or [K] for one layer) at `steps` [K], in rising order."""
        at = np.asarray(steps, dtype=np.int64).reshape(-1)
        raw = np.asarray(values, dtype=np.float64).reshape(len(at), self.layers)
        rows = log10(raw) if self.log else raw.astype(np.float32)
        self.total += len(at)
        while len(at):
            taken = self._take(at, rows)
            at, rows = at[taken:], rows[taken:]

    def fold_in(self, folded: Folded, cells: Cells) -> None:
        """Add what was folded elsewhere; from here on no bucket spans fewer steps than its cells.

        As if `append` had had every step of it.
        """
        while self.width < folded.width:
            self.width *= 2
            if self.size:
                self._merge(self._starts())
        self.total += int(folded.rows.sum())
        at = folded.first
        start = 0
        while start < len(at):
            placed = self._place(at[start:])
            stop = start + len(placed)
            if len(placed):
                self._join(placed, folded.rows[start:stop], cells, slice(start, stop))
            start = stop

    def _take(self, at: NDArray[np.int64], rows: Array) -> int:
        """Put as many rows as there are buckets for; fold and take none when all are full."""
        bucket = self._place(at)
        if len(bucket):
            self._add(bucket, rows[: len(bucket)])
        return len(bucket)

    def _place(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """The bucket of each step, which is open then; of as many as there are buckets for.

        Folds, and gives none, when all are full.
        """
        newest = self.segments[-1]
        if at[0] >= newest:  # as good as always; the list of segments may be long
            segment = np.full(len(at), len(self.segments) - 1)
            cell = (at - newest) // self.width
        else:
            segment = np.searchsorted(self.segments, at, side="right") - 1
            cell = (at - np.asarray(self.segments)[segment]) // self.width
        new = np.ones(len(at), bool)
        new[1:] = (segment[1:] != segment[:-1]) | (cell[1:] != cell[:-1])
        i = self.size - 1
        if i >= 0 and self._segment[i] == segment[0]:
            new[0] = (self._first[i] - self.segments[segment[0]]) // self.width != cell[0]
        if self.size + np.count_nonzero(new) > self._rooms and self._rooms < self.capacity:
            self._grow(min(self.capacity, 2 * self._rooms))
        bucket = i + np.cumsum(new)
        taken = int(np.searchsorted(bucket, self._rooms))
        if not taken:
            if self._rooms == self.capacity:
                self._fold()
            return bucket[:0]
        self._open(bucket[:taken], new[:taken], at, segment)
        return bucket[:taken]

    def _fold(self) -> None:
        """Merge buckets so that each spans twice the steps, or more where segments are short."""
        n = self.size
        last = int(self._first[n - 1])
        while True:
            self.width *= 2 if self.width <= last else 1
            starts = self._starts()
            if len(starts) <= 3 * n // 4 or self.width > last:
                break
        if len(starts) == n:  # nothing but interventions: the two oldest segments become one
            starts = np.delete(starts, 1)
        self._merge(starts)

    def _starts(self) -> NDArray[np.intp]:
        """The first bucket of each span of `width` steps."""
        first, segment = self._first[: self.size], self._segment[: self.size]
        cell = (first - np.asarray(self.segments)[segment]) // self.width
        new = np.ones(self.size, bool)
        new[1:] = (segment[1:] != segment[:-1]) | (cell[1:] != cell[:-1])
        return np.flatnonzero(new)
