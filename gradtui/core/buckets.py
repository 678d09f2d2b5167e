"""Where a history keeps its buckets: columns of numpy arrays that grow, and merge in place."""

from __future__ import annotations

import copy
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from gradtui.core.folds import Cells

Array = NDArray[np.float32]
Counts = NDArray[np.int32]


class Buckets:
    """What L layers were during spans of steps; `size` buckets are in use.

    `mean`, `low`, `high`, `last` are [n, L], as `sums`, `count`, `zeros`, `infs` and `nans`;
    `first` and `segment` are [n]. A layer costs 16 bytes a bucket, 4 more for each kind of flaw.
    """

    def __init__(self, layers: int, rooms: int) -> None:
        self.layers = layers
        self.size = 0
        self.range = (np.inf, -np.inf)
        """Smallest and largest finite value so far."""
        self._rooms = 0
        self._grow(rooms)

    def _grow(self, rooms: int) -> None:
        for name, dtype, fill in _COLUMNS:
            shape = (rooms,) if name in _PER_BUCKET else (rooms, self.layers)
            old: NDArray[Any] | None = getattr(self, name, None)
            if old is None and name in _FLAWS:
                continue
            column: NDArray[Any] = np.full(shape, fill, dtype)
            if old is not None:
                column[: self._rooms] = old
            setattr(self, name, column)
        self._rooms = rooms

    _first: NDArray[np.int64]
    _segment: NDArray[np.int32]
    _sum: Array
    _low: Array
    _high: Array
    _last: Array
    _rows: Counts
    """[rooms] How many values of each layer, finite or not."""
    _zeros: Counts | None = None
    """These three cost memory only in a run that needs them: most have none."""
    _infs: Counts | None = None
    _nans: Counts | None = None

    def _open(
        self,
        bucket: NDArray[np.int64],
        new: NDArray[np.bool_],
        at: NDArray[np.int64],
        segment: NDArray[np.int64],
    ) -> None:
        fresh = np.flatnonzero(new)
        end = int(bucket[-1]) + 1
        for name, _, fill in _COLUMNS[2:]:
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
        kept = np.where(finite, rows, np.nan)
        low, high = np.fmin.reduceat(rows, starts, axis=0), np.fmax.reduceat(rows, starts, axis=0)
        self._low[cut] = np.fmin(self._low[cut], low)
        self._high[cut] = np.fmax(self._high[cut], high)
        self._last[cut] = rows[ends - 1]
        self._rows[cut] += (ends - starts).astype(np.int32)
        self._sum[cut] += np.add.reduceat(np.where(finite, rows, 0), starts, axis=0)
        if finite.all():
            self._widen(float(low.min()), float(high.max()))
            return
        if finite.any():
            self._widen(float(np.nanmin(kept)), float(np.nanmax(kept)))
        flaws = (np.isneginf(rows), np.isposinf(rows), np.isnan(rows))
        for name, found in zip(_FLAWS, flaws, strict=True):
            if not found.any():
                continue
            if getattr(self, name) is None:
                setattr(self, name, np.zeros((self._rooms, self.layers), np.int32))
            getattr(self, name)[cut] += np.add.reduceat(found, starts, axis=0, dtype=np.int32)

    def _join(self, bucket: NDArray[np.int64], rows: Counts, cells: Cells, part: slice) -> None:
        """Merge a part of the cells, each in its bucket, into what the buckets hold."""
        starts = np.flatnonzero(np.diff(bucket, prepend=-2))
        cut = slice(int(bucket[0]), int(bucket[-1]) + 1)
        low, high, known = cells.low[part], cells.high[part], rows[:, None]
        for name, found in zip(_FLAWS, cells.flaws(), strict=True):
            if found is None:
                continue
            if getattr(self, name) is None:
                setattr(self, name, np.zeros((self._rooms, self.layers), np.int32))
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
                column[:m] = merge.reduceat(column[:n], starts, axis=0)
        self._last[:m] = self._last[ends]
        self._first[:m], self._segment[:m] = self._first[starts], self._segment[starts]
        self.size = m

    def layer(self, index: int) -> Self:
        """The buckets of one layer, as they are now: to read, for the price of one layer.

        `range` stays that of all layers.
        """
        one = copy.copy(self)
        one.layers = 1
        for name, _, _ in _COLUMNS:
            column = getattr(self, name)
            if name not in _PER_BUCKET and column is not None:
                setattr(one, name, column[:, index : index + 1])
        return one

    @property
    def first(self) -> NDArray[np.int64]:
        return self._first[: self.size]

    @property
    def segment(self) -> NDArray[np.int32]:
        return self._segment[: self.size]

    @property
    def sums(self) -> Array:
        """Sum of the finite values of each bucket."""
        return self._sum[: self.size]

    @property
    def mean(self) -> Array:
        """Mean of the finite values of each bucket; nan where there is none. Costs n * L."""
        count = self.count
        known = self.sums / np.maximum(count, 1).astype(np.float32)
        return np.where(count > 0, known, np.float32(np.nan))

    @property
    def nbytes(self) -> int:
        """Memory that the buckets take."""
        columns = (getattr(self, name) for name, _, _ in _COLUMNS)
        return sum(column.nbytes for column in columns if column is not None)

    def counts(self, rows: slice) -> tuple[Counts, Counts, Counts, Counts]:
        """[k, L] each of the buckets `rows`: how many values were finite, 0, inf, nan."""
        size = len(self._rows[: self.size][rows])
        flaws = [
            np.broadcast_to(np.int32(0), (size, self.layers)) if column is None
            else column[: self.size][rows]
            for column in (self._zeros, self._infs, self._nans)
        ]  # fmt: skip
        total = self._rows[: self.size][rows][:, None]
        return total - flaws[0] - flaws[1] - flaws[2], flaws[0], flaws[1], flaws[2]

    @property
    def low(self) -> Array:
        return self._low[: self.size]

    @property
    def high(self) -> Array:
        return self._high[: self.size]

    @property
    def last(self) -> Array:
        return self._last[: self.size]

    @property
    def count(self) -> Counts:
        """How many finite values each bucket holds."""
        return self.counts(slice(None))[0]

    @property
    def zeros(self) -> Counts:
        return self.counts(slice(None))[1]

    @property
    def infs(self) -> Counts:
        return self.counts(slice(None))[2]

    @property
    def nans(self) -> Counts:
        return self.counts(slice(None))[3]


_COLUMNS: tuple[tuple[str, type, float], ...] = (
    ("_first", np.int64, 0),
    ("_segment", np.int32, 0),
    ("_sum", np.float32, 0),
    ("_low", np.float32, np.nan),
    ("_high", np.float32, np.nan),
    ("_last", np.float32, np.nan),
    ("_rows", np.int32, 0),
    ("_zeros", np.int32, 0),
    ("_infs", np.int32, 0),
    ("_nans", np.int32, 0),
)
_PER_BUCKET = ("_first", "_segment", "_rows")
_FLAWS = ("_zeros", "_infs", "_nans")
_MERGES: dict[str, np.ufunc] = {
    "_sum": np.add,
    "_low": np.fmin,
    "_high": np.fmax,
    "_rows": np.add,
    "_zeros": np.add,
    "_infs": np.add,
    "_nans": np.add,
}
