"""Sums of squares in float32 by BLAS, mended in float64 where float32 under- or overflows.

Layers of one shape lie one behind the other in the flat buffers, so that one call of
`np.vecdot` gives the sums of many layers.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradtui.core.records import Floats
from gradtui.engine.parameters import Parameters

Single = NDArray[np.float32]

LOW, HIGH = 1e-27, 3e38
"""A float32 sum of squares between these lost nothing that counts to under- or overflow."""
UP, DOWN = np.float32(2.0**105), np.float32(2.0**-80)
"""Factors that bring the numbers of any other sum into that range, and round nothing."""

CHUNK = 4096
"""Longest dot product in float32: BLAS keeps some 32 partial sums, so that its rounding
stays near 1e-7; the chunks of a layer are added up in float64."""

LINE = 16
"""Numbers of a line of the cache."""

GRADIENT, BEFORE, UPDATE = range(3)


@cache
def chunks(length: int, longest: int = CHUNK) -> int:
    """Into how many equal parts a layer of `length` numbers is cut; 1 if it has no good divisor."""
    fewest = -(-length // longest)
    return next((n for n in range(fewest, 16 * fewest) if length % n == 0), 1)


def safe(quick: Single) -> bool:
    """Whether no float32 sum of squares may have lost something.

    By where the ends are: half of what it costs in mid-step to ask a ufunc for them. Nan counts as
    an end.
    """
    return quick.item(quick.argmin()) >= LOW and quick.item(quick.argmax()) <= HIGH


def lines(*shape: int) -> Single:
    """Room whose rows begin where lines of the cache do, as torch's tensors do.

    Where each load of a dot product touches two lines it costs a third more. It is numpy's memory
    since that asks for huge pages where there is much of it.
    """
    *outer, length = shape
    row = -(-length // LINE) * LINE
    room = np.zeros(prod(outer) * row + LINE, np.float32)
    start = -address(room) // room.itemsize % LINE
    return room[start:][: prod(outer) * row].reshape(*outer, row)[..., :length]


def address(numbers: Single) -> int:
    """Of the first number."""
    found: int = numbers.__array_interface__["data"][0]
    return found


def beside(a: Single, b: Single) -> Single:
    """[2, ...]: two arrays of one shape and strides as one, wherever they lie; no copy.

    One call then reads both. Whoever keeps it has to keep `b`, too.
    """
    apart = address(b) - address(a)
    return np.lib.stride_tricks.as_strided(a, (2, *a.shape), (apart, *a.strides))


def mend(sums: Floats, quick: Single, numbers: Single) -> None:
    """Replace the sums of squares of `numbers` [..., n] that were not safe in float32.

    `quick` [...] are the sums in float32, `sums` the same in float64. Zero, inf and nan stay.
    """
    largest = quick.item(quick.argmax())
    if largest == 0 and _nothing(numbers):
        return
    if not quick.item(quick.argmin()) >= LOW:
        _again(sums, quick < LOW, numbers, UP)
    if not largest <= HIGH:
        _again(sums, quick > HIGH, numbers, DOWN)


def _again(sums: Floats, unsafe: NDArray[np.bool_], numbers: Single, factor: np.float32) -> None:
    """The unsafe ones once more, of scaled numbers.

    Layers that died or vanished are neighbours: they are read where they lie, from the first to
    the last, which costs a third less than to pick them out, and where all are 0 a tenth.
    """
    if unsafe.ndim == 1:
        first, last = unsafe.argmax(), len(unsafe) - 1 - unsafe[::-1].argmax()
        at = slice(first, last + 1)
        unsafe, sums, numbers = unsafe[at], sums[at], numbers[at]
        if factor is UP and _nothing(numbers):
            return
        if 2 * np.count_nonzero(unsafe) > len(unsafe):
            np.copyto(sums, _scaled(numbers * factor, factor), where=unsafe)
            return
    sums[unsafe] = _scaled(numbers[unsafe] * factor, factor)


def _scaled(numbers: Single, factor: np.float32) -> Floats:
    """The sums of squares that [..., n] had before a factor."""
    found: Floats = np.vecdot(numbers, numbers) / np.float64(factor) ** 2
    return found


def _nothing(numbers: Single) -> bool:
    """Whether all are 0. As integers only the bits of 0 are 0."""
    return not np.maximum.reduce(numbers.view(np.uint32), axis=None)


Read = tuple[tuple[int, slice], Single]
"""A place in the sums of a step, and the numbers [chunks, n] that these are the sums of."""


def widen(sums: Floats, quick: Single, read: Iterable[Read]) -> bool:
    """Take sums of squares [kinds, chunks] over into float64; whether all were safe.

    `read` gives the numbers again, where float32 may have lost some.
    """
    sums[:] = quick
    if safe(quick):
        return True
    for at, numbers in read:
        mend(sums[at], quick[at], numbers)
    return False


class Part(NamedTuple):
    """Chunks of one leaf: where their numbers lie in the flat buffer, and their sums in a row."""

    start: int
    chunks: int
    length: int
    sums: slice

    @property
    def stop(self) -> int:
        return self.start + self.chunks * self.length

    def of(self, rows: Single) -> Single:
        """[..., chunks, length], a view of `rows` [..., numbers]."""
        cut = rows[..., self.start : self.stop]
        return cut.reshape(*rows.shape[:-1], self.chunks, self.length)

    def within(self, at: slice) -> Part | None:
        """Those of its chunks that lie in a stretch of the flat buffer, which cuts none of them."""
        start, stop = max(self.start, at.start), min(self.stop, at.stop)
        if start >= stop:
            return None
        first = self.sums.start + (start - self.start) // self.length
        count = (stop - start) // self.length
        return Part(start, count, self.length, slice(first, first + count))


class Sums:
    """Sums of squares of all steps of a frame: [slots, 3, chunks], the biases' behind the weights'.

    The three kinds are GRADIENT, BEFORE and UPDATE; of a bias only the first is read.
    """

    def __init__(self, p: Parameters, slots: int) -> None:
        self.weights = len(p.weights)
        self.starts: list[int] = []
        self.parts: list[Part] = []
        at = 0
        for leaf in (*p.weight_leaves, *p.bias_leaves):
            each, length = chunks(prod(leaf.shape)), prod(leaf.shape)
            count = leaf.layers * each
            self.parts.append(Part(leaf.start, count, length // each, slice(at, at + count)))
            self.starts += range(at, at + count, each)
            at += count
        leaves = len(p.weight_leaves)
        self.weight_parts, self.bias_parts = self.parts[:leaves], self.parts[leaves:]
        self.table = np.zeros((slots, 3, at))

    def quick(self, *shape: int) -> Single:
        """Room for sums in float32, [*shape, chunks]; what nobody writes there is safe."""
        return np.ones((*shape, self.table.shape[-1]), np.float32)

    def norms(self, steps: int) -> tuple[Floats, Floats]:
        """L2 norms: weights [3, steps, layers], gradients of the biases [steps, biases]."""
        sums = self.table[:steps]
        if len(self.starts) < sums.shape[2]:  # else each layer is one chunk
            sums = np.add.reduceat(sums, self.starts, axis=2)
        found = np.sqrt(sums)
        return found[..., : self.weights].swapaxes(0, 1), found[:, GRADIENT, self.weights :]
