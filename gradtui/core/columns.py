"""Where a history keeps its buckets: columns of numpy arrays that grow, and how they are read."""

from __future__ import annotations

import copy
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from gradtui.core.memory import room

Array = NDArray[np.float32]
Counts = NDArray[np.int32]

COLUMNS: tuple[tuple[str, type, float], ...] = (
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
PER_BUCKET = ("_first", "_segment", "_rows")
FLAWS = ("_zeros", "_infs", "_nans")
_NONE = np.int32(0)


class Columns:
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
        for name, dtype, fill in COLUMNS:
            shape = (rooms,) if name in PER_BUCKET else (rooms, self.layers)
            old: NDArray[Any] | None = getattr(self, name, None)
            if old is None and name in FLAWS:
                continue
            column = room(shape, dtype)  # it goes with its run, and others come
            column.fill(fill)
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

    def layer(self, index: int) -> Self:
        """The buckets of one layer, as they are now: to read, for the price of one layer.

        `range` stays that of all layers.
        """
        one = copy.copy(self)
        one.layers = 1
        for name, _, _ in COLUMNS:
            column = getattr(self, name)
            if name not in PER_BUCKET and column is not None:
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
        columns = (getattr(self, name) for name, _, _ in COLUMNS)
        return sum(column.nbytes for column in columns if column is not None)

    def counts(self, rows: slice) -> tuple[Counts, Counts, Counts, Counts]:
        """[k, L] each of the buckets `rows`: how many values were finite, 0, inf, nan."""
        flaws = [self._flawed(column, rows) for column in (self._zeros, self._infs, self._nans)]
        return self._finite(rows), flaws[0], flaws[1], flaws[2]

    def _finite(self, rows: slice) -> Counts:
        total = self._rows[: self.size][rows][:, None]
        found = np.broadcast_to(total, (len(total), self.layers))
        for column in (self._zeros, self._infs, self._nans):
            if column is not None:
                found = found - column[: self.size][rows]
        return found

    def _flawed(self, column: Counts | None, rows: slice) -> Counts:
        if column is not None:
            return column[: self.size][rows]
        return np.broadcast_to(_NONE, (len(self._rows[: self.size][rows]), self.layers))

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
        return self._finite(slice(None))

    @property
    def zeros(self) -> Counts:
        return self._flawed(self._zeros, slice(None))

    @property
    def infs(self) -> Counts:
        return self._flawed(self._infs, slice(None))

    @property
    def nans(self) -> Counts:
        return self._flawed(self._nans, slice(None))
