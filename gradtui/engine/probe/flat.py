"""The CPU's probe: BLAS dot products on standing numpy views of the flat buffers.

The gradient, W before the step and W after - W before lie side by side as three rows, and
layers of one shape lie one behind the other: all three norms of all these layers are ONE call
of `np.vecdot`. A step costs some ten numpy calls at any depth, where asking torch layer by
layer costs three operations each.
"""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import NDArray

from gradtui.core.records import Floats
from gradtui.engine.parameters import Leaf, Parameters
from gradtui.engine.probe import Measured, ratio

Single = NDArray[np.float32]

SAFE_LOW, SAFE_HIGH = np.float32(1e-27), np.float32(3e38)
"""A float32 sum of squares between these lost nothing that counts to under- or overflow; any
other is done again in float64."""

CHUNK = 4096
"""Longest dot product in float32: BLAS keeps some 32 partial sums, so that its rounding
stays near 1e-7; the chunks of a layer are added up in float64."""


def chunks(length: int) -> int:
    """Into how many equal parts a layer of `length` numbers is cut; 1 if it has no good divisor."""
    fewest = -(-length // CHUNK)
    return next((n for n in range(fewest, 16 * fewest) if length % n == 0), 1)


class SumsOfSquares:
    """Sums of squares of some rows of the buffers, for every layer of some leaves.

    `rows` is [kinds, numbers]. One call of `measure` fills one slot of a ring.
    """

    def __init__(self, rows: Single, leaves: list[Leaf], slots: int) -> None:
        self._kinds = len(rows)
        self._parts = [leaf.layers * chunks(prod(leaf.shape)) for leaf in leaves]
        self._layers = [leaf.layers for leaf in leaves]
        total = self._kinds * sum(self._parts)
        self._sums = np.zeros(total, np.float32)
        self._ring = np.zeros((slots, total))
        self._views: list[tuple[Single, Single, slice]] = []
        start = 0
        for leaf, parts in zip(leaves, self._parts, strict=True):
            at = slice(start, start + self._kinds * parts)
            numbers = rows[:, leaf.start : leaf.start + leaf.layers * prod(leaf.shape)]
            view = numbers.reshape(self._kinds, parts, -1)
            self._views.append((view, self._sums[at].reshape(self._kinds, parts), at))
            start = at.stop

    def measure(self, slot: int) -> None:
        """The sums as the buffers stand now. Overflow is expected: numpy must not warn of it."""
        for view, sums, _ in self._views:
            np.vecdot(view, view, out=sums)
        ring = self._ring[slot]
        ring[:] = self._sums
        if not (np.minimum.reduce(ring) >= SAFE_LOW and np.maximum.reduce(ring) <= SAFE_HIGH):
            self._redo(ring)

    def _redo(self, ring: Floats) -> None:
        """What float32 could not hold, again in float64."""
        for view, sums, at in self._views:
            unsafe = ~((sums >= SAFE_LOW) & (sums <= SAFE_HIGH))
            if unsafe.any():
                exact = view[unsafe].astype(np.float64)
                ring[at].reshape(sums.shape)[unsafe] = np.einsum("ij,ij->i", exact, exact)

    def norms(self, steps: int) -> Floats:
        """L2 norms of the first `steps` slots, [kinds, steps, layers]."""
        found = []
        for (_, _, at), layers in zip(self._views, self._layers, strict=True):
            sums = self._ring[:steps, at].reshape(steps, self._kinds, layers, -1)
            found.append(np.sqrt(sums.sum(axis=-1)).swapaxes(0, 1))
        return np.concatenate(found, axis=2)


class FlatProbe:
    """Reads a net whose parameters and gradients lie in flat CPU buffers."""

    def __init__(self, parameters: Parameters, slots: int) -> None:
        n = parameters.n_plain
        rows: Single = parameters.rows.numpy()[:, :n]
        self._now: Single = parameters.flat.numpy()[:n]
        self._before, self._update = rows[1], rows[2]
        weights, biases = parameters.weight_leaves, parameters.bias_leaves
        self._all = SumsOfSquares(rows, weights, slots)
        self._gradient = SumsOfSquares(rows[:1], weights, slots)
        self._moves = SumsOfSquares(rows[1:], weights, slots)
        self._bias = SumsOfSquares(rows[:1], biases, slots)
        self._widths = np.array([len(bias) for bias in parameters.biases])
        self._clipped = False

    def after_backward(self, slot: int, *, clipped: bool) -> None:
        np.copyto(self._before, self._now)
        self._bias.measure(slot)
        self._clipped = clipped
        if clipped:
            self._gradient.measure(slot)

    def after_step(self, slot: int) -> None:
        np.subtract(self._now, self._before, out=self._update)
        (self._moves if self._clipped else self._all).measure(slot)

    def flush(self, steps: int) -> Measured:
        if self._clipped:
            gradient = self._gradient.norms(steps)[0]
            weight, update = self._moves.norms(steps)
        else:
            gradient, weight, update = self._all.norms(steps)
        bias = self._bias.norms(steps)[0] / np.sqrt(self._widths)
        return Measured(gradient, weight, ratio(update, weight), bias)
