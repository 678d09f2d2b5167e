"""The CPU's probe: BLAS dot products on copies of the flat buffers, many steps in one call.

The gradient, W before a step and W after - W before lie side by side as three rows, and layers of
one shape lie one behind the other: all norms of all these layers are ONE call of `np.vecdot`.
A small net's rows are kept for several steps, so that one call serves them all; a large net's
are measured at once, and its gradient is read where it lies.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtui.core.records import Floats
from gradtui.engine.parameters import Leaf, Parameters
from gradtui.engine.probe import Measured, ratio

Single = NDArray[np.float32]

LOW, HIGH = np.float32(1e-27), np.float32(3e38)
"""A float32 sum of squares between these lost nothing that counts to under- or overflow."""
UP, DOWN = np.float32(2.0**105), np.float32(2.0**-80)
"""Factors that bring the numbers of any other sum into that range, and round nothing."""

CHUNK = 4096
"""Longest dot product in float32: BLAS keeps some 32 partial sums, so that its rounding
stays near 1e-7; the chunks of a layer are added up in float64."""
KEPT = 2**17
"""Numbers that wait to be measured: they fit into half of the second-level cache."""


def chunks(length: int) -> int:
    """Into how many equal parts a layer of `length` numbers is cut; 1 if it has no good divisor."""
    fewest = -(-length // CHUNK)
    return next((n for n in range(fewest, 16 * fewest) if length % n == 0), 1)


def mend(sums: Floats, quick: Single, numbers: Single) -> None:
    """Replace the sums of squares of `numbers` [..., n] that were not safe in float32.

    `quick` [...] are the sums in float32, `sums` the same in float64. Zero, inf and nan stay.
    """
    for unsafe, factor in ((quick < LOW, UP), (quick > HIGH, DOWN)):
        if unsafe.any():
            scaled = numbers[unsafe]
            scaled *= factor
            sums[unsafe] = np.vecdot(scaled, scaled) / np.float64(factor) ** 2


class Ring:
    """Sums of squares of `rows` [steps, 3, numbers]: gradient, W before, W after - W before."""

    def __init__(self, rows: Single, weights: list[Leaf], biases: list[Leaf], most: int) -> None:
        self.rows = rows
        self._leaves, self._biases = [*weights, *biases], len(biases)
        self._views = [_layers(rows, leaf) for leaf in weights]
        self._views += [_layers(rows[:, :1], leaf) for leaf in biases]
        size = sum(prod(view.shape[:3]) for view in self._views)
        self._quick = np.zeros(size, np.float32)
        self._outs = self._cut(self._quick)
        self._turns = np.zeros((-(-most // len(rows)), size))
        """All sums of each turn of the ring."""
        self._sums = [self._cut(turn) for turn in self._turns]

    def _cut(self, sums: NDArray[Any]) -> list[NDArray[Any]]:
        """[steps, kinds, layers * chunks] of each leaf."""
        ends = np.cumsum([prod(view.shape[:3]) for view in self._views])[:-1]
        cuts = zip(np.split(sums, ends), self._views, strict=True)
        return [cut.reshape(view.shape[:3]) for cut, view in cuts]

    def measure(self, turn: int) -> None:
        """Read all rows as they stand. Overflow is expected: numpy must not warn of it."""
        for view, out in zip(self._views, self._outs, strict=True):
            np.vecdot(view, view, out=out)
        quick = self._quick
        self._turns[turn] = quick
        if not (np.minimum.reduce(quick) >= LOW and np.maximum.reduce(quick) <= HIGH):
            for sums, out, view in zip(self._sums[turn], self._outs, self._views, strict=True):
                mend(sums, out, view)

    def norms(self, steps: int) -> tuple[Floats, Floats]:
        """L2 norms: weights [3, steps, layers], gradients of the biases [steps, layers]."""
        turns = self._sums[: -(-steps // len(self.rows))]
        found = []
        for i, leaf in enumerate(self._leaves):
            sums = np.concatenate([turn[i] for turn in turns])[:steps]
            found.append(sums.reshape(*sums.shape[:2], leaf.layers, -1).sum(axis=-1))
        weights = np.sqrt(np.concatenate(found[: -self._biases], axis=2))
        biases = np.sqrt(np.concatenate(found[-self._biases :], axis=2))
        return weights.swapaxes(0, 1), biases[:, 0]


def _layers(rows: Single, leaf: Leaf) -> Single:
    """[steps, kinds, layers * chunks, numbers of a chunk], a view."""
    numbers = prod(leaf.shape)
    cut = rows[:, :, leaf.start : leaf.start + leaf.layers * numbers]
    return cut.reshape(*rows.shape[:2], leaf.layers * chunks(numbers), -1)


class FlatProbe:
    """Reads a net whose parameters and gradients lie in flat CPU buffers."""

    def __init__(self, parameters: Parameters, slots: int) -> None:
        n = parameters.n_plain
        rows: Single = parameters.rows.numpy()[:, :n]
        self._theta: Single = parameters.flat.numpy()[:n]
        self._gradient = rows[0]
        self._steps = max(1, min(slots, KEPT // (3 * n)))
        leaves = parameters.weight_leaves, parameters.bias_leaves
        self._copies = self._ring = Ring(np.zeros((self._steps, 3, n), np.float32), *leaves, slots)
        self._in_place = Ring(rows[None], *leaves, slots)
        self._widths = np.array([bias.numel() for bias in parameters.biases])
        self._biased = None if not parameters.unbiased else np.array(parameters.biased)
        self._turn = self._slot = 0

    def after_backward(self, *, clipped: bool) -> None:
        # A large net's gradient is read where it lies, unless clipping will change it.
        copied = self._steps > 1 or clipped
        self._ring = self._copies if copied else self._in_place
        rows = self._ring.rows[self._slot]
        np.copyto(rows[1], self._theta)
        if copied:
            np.copyto(rows[0], self._gradient)

    def after_step(self) -> None:
        _, before, update = self._ring.rows[self._slot]
        np.subtract(self._theta, before, out=update)
        self._slot += 1
        if self._slot == self._steps:
            self._ring.measure(self._turn)
            self._turn, self._slot = self._turn + 1, 0

    def flush(self) -> Measured:
        if self._slot:
            self._ring.measure(self._turn)
        steps = self._turn * self._steps + self._slot
        self._turn = self._slot = 0
        (gradient, weight, update), bias = self._ring.norms(steps)
        rms = bias / np.sqrt(self._widths)
        if self._biased is not None:
            all_rows = np.full(gradient.shape, np.nan)
            all_rows[:, self._biased] = rms
            rms = all_rows
        return Measured(gradient, weight, ratio(update, weight), rms)
