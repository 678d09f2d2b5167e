"""What a sample tells of layers, by numpy and BLAS in float32, mended where that is not safe.

`Alone` are large layers, read where they lie; `Together` many small ones of several steps, as one
array. Both say the same of themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from gradtui.core.records import Floats
from gradtui.engine.probe.sums import HIGH, LOW, Single, chunks, lines, mend
from gradtui.engine.units import largest, share

Number = TypeVar("Number", bound=np.generic)
Which = Callable[[Single], NDArray[np.bool_]]
"""Says of each number whether it is one of those, as an activation's `saturated` does."""

LONGEST = 2**14
"""Longest dot product of a layer that is read alone; BLAS keeps some 32 partial sums."""
FEW = 2**8
"""Most rows whose sums by unit are exact enough to be a mean: BLAS adds four at a time."""
ONES = np.ones(LONGEST, np.float32)


class Room:
    """Memory for what is centred, used again: new memory for every sample would cost more than
    what is read from it."""

    def __init__(self) -> None:
        self._numbers = lines(0)

    def of(self, count: int) -> Single:
        """So many numbers; they hold until somebody else asks."""
        if len(self._numbers) < count:
            self._numbers = lines(count)
        return self._numbers[:count]


class Alone:
    """Layers of one shape [batch, units]; finds [layers]."""

    def __init__(self, layers: Sequence[Single], room: Room) -> None:
        self._layers, self._room = layers, room

    def rows(self) -> Iterator[Single]:
        """All numbers as arrays [layers, numbers]."""
        return (layer.reshape(1, -1) for layer in self._layers)

    def mean_square(self) -> Floats:
        layers = self._layers
        found: Floats = np.array([square(a.reshape(-1)) for a in layers]) / layers[0].size
        return found

    def moments(self) -> tuple[Floats, Floats]:
        """Means and variances."""
        found = [moments(a, unit_sums(a), self._room) for a in self._layers]
        mean, variance = np.array(found).T
        return mean, variance

    def dead(self) -> Floats:
        """Shares of the units that give nothing."""
        return np.array([dead(a, unit_sums(a)) for a in self._layers])

    def share(self, which: Which) -> Floats:
        """Of the numbers that `which` says yes to."""
        return np.array([share_of(a, which) for a in self._layers])


def unit_sums(a: Single, most: int = FEW) -> Single | None:
    """Of each unit over the batch, the last axis but one; None of more rows than `most`."""
    if a.ndim == 1 or (batch := a.shape[-2]) > most:
        return None
    sums: Single = ONES[:batch] @ a
    return sums


def moments(a: Single, sums: Single | None, room: Room) -> tuple[float, float]:
    """Mean and variance of all numbers; `sums` are those by unit.

    Where the mean is no larger than the spread nothing is centred: what float32 rounds off the two
    sums weighs at most four times as much in their difference.
    """
    flat = a.reshape(-1)
    mean, mean_square = _mean(flat, sums), square(flat) / len(flat)
    variance = mean_square - mean * mean
    if variance > mean * mean or mean_square == 0:
        return mean, variance
    centred = np.subtract(flat, np.float32(mean), out=room.of(len(flat)))
    return mean, square(centred) / len(flat)


def dead(a: Single, sums: Single | None = None) -> float:
    """Share of the units of [batch, units] that give nothing; `sums` are those by unit."""
    mask = _silent(a, sums)
    return np.count_nonzero(mask) / len(mask)


def _silent(a: Single, sums: Single | None = None) -> NDArray[np.bool_]:
    """Whether each unit gives nothing, [..., units].

    Where no sum is negative, one is 0 where all its numbers are (or cancel to the last bit, which
    those of a unit that can die do not): a quarter of what the largest ones would cost.
    """
    of_units = unit_sums(a, LONGEST) if sums is None else sums
    if of_units is None or not of_units.item(of_units.argmin()) >= 0:
        of_units = largest(a)
    mask: NDArray[np.bool_] = of_units <= 0
    return mask


def share_of(a: Single, which: Which) -> float:
    """Share of the numbers that `which` says yes to."""
    return np.count_nonzero(which(a)) / a.size


def square(flat: Single) -> float:
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


def _mean(flat: Single, sums: Single | None) -> float:
    """In float64 where a float32 sum overflows before the mean does, or is too long."""
    parts = flat if sums is None else sums.reshape(-1)
    rows = (parts,) if len(parts) <= LONGEST else _cut(parts)
    if (length := len(rows[0])) <= LONGEST:
        ones, total = ONES[:length], 0.0
        for row in rows:
            total += float(row.dot(ones))
        if math.isfinite(total):
            return total / len(flat)
    return float(np.mean(flat, dtype=np.float64))


class Together:
    """Neighbours of one shape [steps, layers, batch, units]; finds [steps, layers]."""

    def __init__(self, numbers: Single, room: Room) -> None:
        self._numbers, self._room = numbers, room

    def rows(self) -> Iterator[Single]:
        """All numbers as arrays [layers, numbers]."""
        yield self._numbers.reshape(-1, self._numbers[0, 0].size)

    def mean_square(self) -> Floats:
        return mean_squares(_rows(self._numbers))

    def moments(self) -> tuple[Single, Floats]:
        """Means and variances; as of a layer that is read alone, few are centred."""
        rows = _rows(self._numbers)
        mean = _means(rows)
        squared = np.square(mean, dtype=np.float64)
        mean_square = mean_squares(rows)
        variance = mean_square - squared
        close = ~(variance > squared) & (mean_square != 0)
        if close.all():
            room = self._room.of(rows.size).reshape(rows.shape)
            return mean, mean_squares(np.subtract(rows, mean[..., None], out=room))
        if close.any():
            variance[close] = mean_squares(rows[close] - mean[close, None])
        return mean, variance

    def dead(self) -> Floats:
        """Shares of the units that give nothing."""
        return share(_silent(self._numbers))

    def share(self, which: Which) -> Floats:
        """Of the numbers that `which` says yes to."""
        return share(_rows(which(self._numbers)))


def mean_squares(rows: Single) -> Floats:
    """Of the last axis."""
    found: Floats = squares(rows) / rows.shape[-1]
    return found


def _rows(layers: NDArray[Number]) -> NDArray[Number]:
    return layers.reshape(*layers.shape[:2], -1)


def squares(numbers: Single) -> Floats:
    """The sum of squares of each row: float32 dot products, mended where those are not safe."""
    rows = numbers.reshape(-1, numbers.shape[-1])
    quick: Single = np.vecdot(rows, rows)
    total = quick.astype(np.float64)
    mend(total, quick, rows)
    return total.reshape(numbers.shape[:-1])


def _means(rows: Single) -> Single:
    """Mean of the last axis; in float64 where a float32 sum overflows before the mean does."""
    length = rows.shape[-1]
    told = np.vecdot(rows, ONES[:length]) if length <= LONGEST else np.add.reduce(rows, axis=-1)
    quick: Single = told / np.float32(length)
    if np.isfinite(quick).all():
        return quick
    exact: Single = np.asarray(np.mean(rows, axis=-1, dtype=np.float64), np.float32)
    return exact
