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

LOW, HIGH = np.float32(1e-27), np.float32(3e38)
"""A float32 sum of squares between these lost nothing that counts to under- or overflow; any
other is done again in float64."""

CHUNK = 4096
"""Longest dot product in float32: BLAS keeps some 32 partial sums, so that its rounding
stays near 1e-7; the chunks of a layer are added up in float64."""


def chunks(length: int) -> int:
    """Into how many equal parts a layer of `length` numbers is cut; 1 if it has no good divisor."""
    fewest = -(-length // CHUNK)
    return next((n for n in range(fewest, 16 * fewest) if length % n == 0), 1)


class Pass:
    """Sums of squares of the layers of some leaves, in some rows of the buffers.

    `pieces` are (rows [kinds, numbers], leaves); each slot of the ring holds one step.
    """

    def __init__(self, pieces: list[tuple[Single, list[Leaf]]], slots: int) -> None:
        self._pieces = [(len(rows), leaves) for rows, leaves in pieces]
        self._views = [_layers(rows, leaf) for rows, leaves in pieces for leaf in leaves]
        sizes = [view.shape[0] * view.shape[1] for view in self._views]
        ends = np.cumsum(sizes)[:-1]
        self._quick = np.zeros((slots, sum(sizes)), np.float32)
        self._exact: dict[tuple[int, int], Floats] = {}
        """Sums that float32 could not hold, by (slot, view)."""
        self._outs = [
            [cut.reshape(view.shape[:2]) for cut, view in zip(cuts, self._views, strict=True)]
            for cuts in (np.split(row, ends) for row in self._quick)
        ]

    def measure(self, slot: int) -> None:
        """The sums as the buffers stand now. Overflow is expected: numpy must not warn of it."""
        for view, out in zip(self._views, self._outs[slot], strict=True):
            np.vecdot(view, view, out=out)
        quick = self._quick[slot]
        if not (np.minimum.reduce(quick) >= LOW and np.maximum.reduce(quick) <= HIGH):
            self._redo(slot)

    def _redo(self, slot: int) -> None:
        for i, (view, out) in enumerate(zip(self._views, self._outs[slot], strict=True)):
            unsafe = ~((out >= LOW) & (out <= HIGH))
            if unsafe.any():
                numbers = view[unsafe].astype(np.float64)
                sums = out.astype(np.float64)
                sums[unsafe] = np.einsum("ij,ij->i", numbers, numbers)
                self._exact[slot, i] = sums

    def norms(self, steps: int) -> list[Floats]:
        """L2 norms of the first `steps` slots, [kinds, steps, layers] a piece."""
        found, views = [], iter(range(len(self._views)))
        for kinds, leaves in self._pieces:
            tables = [self._table(next(views), steps, kinds, leaf.layers) for leaf in leaves]
            found.append(np.sqrt(np.concatenate(tables, axis=2)).swapaxes(0, 1))
        self._exact.clear()
        return found

    def _table(self, i: int, steps: int, kinds: int, layers: int) -> Floats:
        sums = np.array([out[i] for out in self._outs[:steps]], np.float64)
        for (slot, view), exact in self._exact.items():
            if view == i:
                sums[slot] = exact
        table: Floats = sums.reshape(steps, kinds, layers, -1).sum(axis=-1)
        return table


def _layers(rows: Single, leaf: Leaf) -> Single:
    """[kinds, layers * chunks, numbers of a chunk], a view."""
    numbers = prod(leaf.shape)
    cut = rows[:, leaf.start : leaf.start + leaf.layers * numbers]
    return cut.reshape(len(rows), leaf.layers * chunks(numbers), -1)


class FlatProbe:
    """Reads a net whose parameters and gradients lie in flat CPU buffers."""

    def __init__(self, parameters: Parameters, slots: int) -> None:
        n = parameters.n_plain
        rows: Single = parameters.rows.numpy()[:, :n]
        self._theta: Single = parameters.flat.numpy()[:n]
        self._before, self._update = rows[1], rows[2]
        weights, biases = parameters.weight_leaves, parameters.bias_leaves
        self._all = Pass([(rows, weights), (rows[:1], biases)], slots)
        # A gradient that will be clipped is read before that, the rest after the step.
        self._gradient = Pass([(rows[:1], weights), (rows[:1], biases)], slots)
        self._moves = Pass([(rows[1:], weights)], slots)
        self._widths = np.array([bias.numel() for bias in parameters.biases])
        self._slot = 0
        self._clipped = False

    def after_backward(self, *, clipped: bool) -> None:
        np.copyto(self._before, self._theta)
        self._clipped = clipped
        if clipped:
            self._gradient.measure(self._slot)

    def after_step(self) -> None:
        np.subtract(self._theta, self._before, out=self._update)
        (self._moves if self._clipped else self._all).measure(self._slot)
        self._slot += 1

    def flush(self) -> Measured:
        steps, self._slot = self._slot, 0
        if self._clipped:
            (gradient,), (bias,) = self._gradient.norms(steps)
            ((weight, update),) = self._moves.norms(steps)
        else:
            (gradient, weight, update), (bias,) = self._all.norms(steps)
        return Measured(gradient, weight, ratio(update, weight), bias / np.sqrt(self._widths))
