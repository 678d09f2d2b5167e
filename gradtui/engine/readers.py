"""What a sample tells of a layer, by numpy and BLAS in float32, mended where that is not safe.

`Alone` reads a large layer where it lies, by the fewest calls; `Together` many small ones of
several steps at once. Both keep what they centre in memory that they use again: new memory for
every sample would cost more than what is read from it.
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from gradtui.core.records import Floats
from gradtui.engine.probe.sums import HIGH, LOW, Single, chunks, mend, safe
from gradtui.engine.units import largest, share

Number = TypeVar("Number", bound=np.generic)

LONGEST = 2**14
"""Longest dot product of a layer that is read alone; BLAS keeps some 32 partial sums."""
ONES = np.ones(LONGEST, np.float32)


class Alone:
    """Reads one layer [batch, units] of one step; what it finds are single numbers."""

    def __init__(self) -> None:
        self._room = np.empty(0, np.float32)

    def mean_square(self, numbers: Single) -> float:
        return _square(numbers.reshape(-1)) / numbers.size

    def moments(self, a: Single) -> tuple[float, float]:
        """Mean and variance.

        Where the mean is no larger than the spread nothing is centred: what float32 rounds off
        the two sums weighs at most four times as much in their difference.
        """
        flat = a.reshape(-1)
        mean = _mean(flat)
        variance = _square(flat) / len(flat) - mean * mean
        if variance > mean * mean:
            return mean, variance
        if len(self._room) < len(flat):
            self._room = np.empty_like(flat)
        centred = np.subtract(flat, np.float32(mean), out=self._room[: len(flat)])
        return mean, _square(centred) / len(flat)

    def dead(self, a: Single) -> float:
        """Share of the units that give nothing."""
        return self.share(largest(a) <= 0)

    def share(self, mask: NDArray[np.bool_]) -> float:
        """Of what is true."""
        return np.count_nonzero(mask) / mask.size


def _square(flat: Single) -> float:
    """The sum of squares; by a single call where one is safe and long enough."""
    if len(flat) <= LONGEST:
        told = float(flat.dot(flat))
        if LOW <= told <= HIGH:
            return told
    rows = _cut(flat)
    if rows.shape[1] > LONGEST:
        wide = rows[0].astype(np.float64)
        return float(np.dot(wide, wide))
    return float(np.add.reduce(squares(rows)))


def _cut(numbers: Single) -> Single:
    """[parts, numbers], in equal parts; one that is too long where there is no good divisor."""
    return numbers.reshape(chunks(numbers.size, LONGEST), -1)


def _mean(flat: Single) -> float:
    """In float64 where a float32 sum overflows before the mean does, or is too long."""
    rows = _cut(flat)
    if (length := rows.shape[1]) <= LONGEST:
        mean: float = sum(np.vecdot(rows, ONES[:length]).tolist()) / len(flat)
        if math.isfinite(mean):
            return mean
    return float(np.mean(flat, dtype=np.float64))


class Together:
    """Reads neighbours of one shape [steps, layers, batch, units]; finds [steps, layers]."""

    def __init__(self) -> None:
        self._room = np.empty(0, np.float32)

    def mean_square(self, numbers: Single) -> Floats:
        found: Floats = squares(_rows(numbers)) / numbers[0, 0].size
        return found

    def moments(self, a: Single) -> tuple[Single, Floats]:
        """Means and variances."""
        rows = _rows(a)
        if len(self._room) < rows.size:
            self._room = np.empty(rows.size, np.float32)
        mean = _means(rows)
        room = self._room[: rows.size].reshape(rows.shape)
        return mean, self.mean_square(np.subtract(rows, mean[..., None], out=room))

    def dead(self, a: Single) -> Floats:
        """Shares of the units that give nothing."""
        return share(largest(a) <= 0)

    def share(self, mask: NDArray[np.bool_]) -> Floats:
        """Of what is true."""
        return share(_rows(mask))


def _rows(layers: NDArray[Number]) -> NDArray[Number]:
    return layers.reshape(*layers.shape[:2], -1)


def squares(numbers: Single) -> Floats:
    """The sum of squares of each row: float32 dot products, mended where those are not safe."""
    quick: Single = np.vecdot(numbers, numbers)
    total = quick.astype(np.float64)
    if not safe(quick):
        mend(total, quick, numbers)
    return total


def _means(rows: Single) -> Single:
    """Mean of the last axis; in float64 where a float32 sum overflows before the mean does."""
    quick: Single = np.add.reduce(rows, axis=-1) / np.float32(rows.shape[-1])
    if np.isfinite(quick).all():
        return quick
    exact: Single = np.asarray(np.mean(rows, axis=-1, dtype=np.float64), np.float32)
    return exact
