"""Buckets of steps that take rows in, merge in place, split and unite."""

from __future__ import annotations

import copy
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gradtui.core.columns import COLUMNS, FLAWS, Array, Columns, Counts
from gradtui.core.folds import Cells
from gradtui.core.memory import mapped, room
from gradtui.core.reducing import reduceat

_MERGES: dict[str, np.ufunc] = {
    "_sum": np.add,
    "_low": np.fmin,
    "_high": np.fmax,
    "_rows": np.add,
    "_zeros": np.add,
    "_infs": np.add,
    "_nans": np.add,
}


class Buckets(Columns):
    """What L layers were during spans of steps."""

    def _open(
        self,
        bucket: NDArray[np.int64],
        new: NDArray[np.bool_],
        at: NDArray[np.int64],
        segment: NDArray[np.int64],
    ) -> None:
        fresh = np.flatnonzero(new)
        end = int(bucket[-1]) + 1
        for name, _, fill in COLUMNS[2:]:
            if (column := getattr(self, name)) is not None:
                column[self.size : end] = fill
        self._first[self.size : end] = at[fresh]
        self._segment[self.size : end] = segment[fresh]
        self.size = end

    def _add(self, bucket: NDArray[np.int64], rows: Array) -> None:
        """Reduce the rows bucket by bucket, and merge them into what the buckets hold."""
        edge = np.ones(len(bucket), bool)
        np.not_equal(bucket[1:], bucket[:-1], out=edge[1:])
        starts = np.flatnonzero(edge)
        ends = np.empty_like(starts)
        ends[:-1], ends[-1] = starts[1:], len(rows)
        cut = slice(int(bucket[0]), int(bucket[-1]) + 1)
        finite = np.isfinite(rows)
        whole = bool(finite.all())
        low, high = reduceat(np.fmin, rows, starts), reduceat(np.fmax, rows, starts)
        self._low[cut] = np.fmin(self._low[cut], low)
        self._high[cut] = np.fmax(self._high[cut], high)
        self._last[cut] = rows[ends - 1]
        self._rows[cut] += (ends - starts).astype(np.int32)
        self._sum[cut] += reduceat(np.add, rows if whole else np.where(finite, rows, 0), starts)
        if whole:
            self._widen(float(low.min()), float(high.max()))
            return
        if finite.any():
            known = rows[finite]
            self._widen(float(known.min()), float(known.max()))
        flaws = (np.isneginf(rows), np.isposinf(rows), np.isnan(rows))
        for name, found in zip(FLAWS, flaws, strict=True):
            if not found.any():
                continue
            if getattr(self, name) is None:
                setattr(self, name, room((self._rooms, self.layers), np.int32))
            getattr(self, name)[cut] += np.add.reduceat(found, starts, axis=0, dtype=np.int32)

    def _join(self, bucket: NDArray[np.int64], rows: Counts, cells: Cells, part: slice) -> None:
        """Merge a part of the cells, each in its bucket, into what the buckets hold."""
        starts = np.flatnonzero(np.diff(bucket, prepend=-2))
        cut = slice(int(bucket[0]), int(bucket[-1]) + 1)
        low, high, known = cells.low[part], cells.high[part], rows[:, None]
        for name, found in zip(FLAWS, cells.flaws(), strict=True):
            if found is None:
                continue
            if getattr(self, name) is None:
                setattr(self, name, room((self._rooms, self.layers), np.int32))
            getattr(self, name)[cut] += np.add.reduceat(found[part], starts, axis=0)
            known = known - found[part]
        total = np.where(known > 0, cells.mean[part] * known.astype(np.float32), 0)
        self._sum[cut] += np.add.reduceat(total, starts, axis=0)
        self._low[cut] = np.fmin(self._low[cut], np.fmin.reduceat(low, starts, axis=0))
        self._high[cut] = np.fmax(self._high[cut], np.fmax.reduceat(high, starts, axis=0))
        self._last[cut] = cells.last[part][np.append(starts[1:], len(rows)) - 1]
        self._rows[cut] += np.add.reduceat(rows, starts)
        finite = [side[np.isfinite(side)] for side in (low, high)]
        if finite[0].size and finite[1].size:
            self._widen(float(finite[0].min()), float(finite[1].max()))

    def _widen(self, low: float, high: float) -> None:
        self.range = (min(self.range[0], low), max(self.range[1], high))

    def _merge(self, starts: NDArray[np.intp]) -> None:
        """Make one bucket of all from each start to the next."""
        n, m = self.size, len(starts)
        ends = np.append(starts[1:], n) - 1
        for name, merge in _MERGES.items():
            if (column := getattr(self, name)) is not None:
                column[:m] = reduceat(merge, column[:n], starts)
        self._last[:m] = self._last[ends]
        self._first[:m], self._segment[:m] = self._first[starts], self._segment[starts]
        self.size = m

    def split(self, at: int) -> Self:
        """Give up the buckets from `at` on, and return them, in no more memory than they need."""
        gone = copy.copy(self)
        for name, _, _ in COLUMNS:
            if (column := getattr(self, name)) is not None:
                setattr(gone, name, mapped(column[at : self.size]))
        gone.size = gone._rooms = self.size - at
        self.size = at
        for part in (self, gone):
            part.range = part._ends()
        return gone

    def unite(self, gone: Self) -> None:
        """Take back, at the end, what `split` gave."""
        size = self.size + gone.size
        if size > self._rooms:
            self._grow(size)
        for name, dtype, fill in COLUMNS:
            part = getattr(gone, name)
            if part is None and getattr(self, name) is None:
                continue
            if getattr(self, name) is None:
                setattr(self, name, room((self._rooms, self.layers), dtype))
            getattr(self, name)[self.size : size] = fill if part is None else part
        self.size = size
        if gone.range[0] <= gone.range[1]:
            self._widen(*gone.range)

    def _ends(self) -> tuple[float, float]:
        """The range of what the buckets hold; a bucket without a finite value has an odd end."""
        found = (np.inf, -np.inf)
        for edge in (self.low, self.high):
            known = edge[np.isfinite(edge)]
            if known.size:
                found = min(found[0], float(known.min())), max(found[1], float(known.max()))
        return found
