"""The signal and the state of the activations, on sampled steps only.

autograd is asked to keep dL/dz for this one step; then all is numpy on views of the tensors:
on a CPU next to nothing is copied, on a GPU each layer's activations are, once a sample.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gradtui.core.entries import Activation
from gradtui.core.records import Floats, Sample
from gradtui.engine.model import Trace
from gradtui.engine.probe.flat import HIGH, LOW, mend

Single = NDArray[np.float32]

BLOCK = 2**16
"""Numbers that are stacked and reduced at once: they fit into the second-level cache."""


def watch(trace: Trace) -> None:
    """Between forward and backward: keep dL/dz of each layer. Changes no number."""
    for z in trace.outputs:
        z.retain_grad()


def measure(step: int, trace: Trace, gradients: list[Tensor], activation: Activation) -> Sample:
    """The `Sample` of one step from dL/dz of each layer; the last row is the logits."""
    layers = len(trace.outputs)
    signal, square = MeanSquares(layers), MeanSquares(layers)
    mean = np.empty(layers)
    dead, saturated = np.full(layers, np.nan), np.full(layers, np.nan)
    for rows, g in _blocks(gradients):
        signal.add(rows, g.reshape(rows.stop - rows.start, -1))
    for rows, a in _blocks([*trace.activations, trace.outputs[-1]]):
        flat = a.reshape(rows.stop - rows.start, -1)
        size = flat.shape[1]
        mean[rows] = centre = _means(flat)
        square.add(rows, flat - centre[:, None])
        if rows.stop == layers:
            break
        if activation.can_die:
            off = np.maximum.reduce(a, axis=1) <= 0
            dead[rows] = np.add.reduce(off, axis=1) / off.shape[1]
        if activation.saturated is not None:
            saturated[rows] = np.add.reduce(activation.saturated(flat), axis=1) / size
    spread = square.read()
    return Sample(
        step=step,
        signal=np.sqrt(signal.read()),
        activation_mean=mean,
        activation_std=np.sqrt(spread),
        dead=dead,
        saturated=saturated,
        zero=(mean == 0) & (spread == 0),
    )


def _means(rows: Single) -> Single:
    """Mean of each row, [rows]; in float64 where a float32 sum overflows before the mean does."""
    quick: Single = np.add.reduce(rows, axis=1) / np.float32(rows.shape[1])
    if np.isfinite(quick).all():
        return quick
    exact: Single = np.asarray(np.mean(rows, axis=1, dtype=np.float64), np.float32)
    return exact


class MeanSquares:
    """Mean of squares a layer, [L]: float32 dot products, mended where those are not safe."""

    def __init__(self, layers: int) -> None:
        self._quick = np.empty(layers, np.float32)
        self._kept: list[tuple[slice, Single]] = []

    def add(self, rows: slice, numbers: Single) -> None:
        """The layers `rows`, [layers, numbers]."""
        np.vecdot(numbers, numbers, out=self._quick[rows])
        self._kept.append((rows, numbers))

    def read(self) -> Floats:
        quick = self._quick
        total = quick.astype(np.float64)
        if not (quick.min() >= LOW and quick.max() <= HIGH):
            for rows, numbers in self._kept:
                mend(total[rows], quick[rows], numbers)
        for rows, numbers in self._kept:
            total[rows] /= numbers.shape[1]
        return total


def _blocks(tensors: list[Tensor]) -> Iterator[tuple[slice, Single]]:
    """[layers, batch, units] of neighbours of one shape, and which layers; logits stay alone."""
    start = 0
    last = tensors[-1]
    for _, same in groupby(tensors, key=lambda tensor: (tensor is last, tensor.shape)):
        layers = list(same)
        each = max(1, BLOCK // max(layers[0].numel(), 1))
        for first in range(0, len(layers), each):
            taken = layers[first : first + each]
            block = taken[0].detach()[None] if len(taken) == 1 else torch.stack(taken)
            yield slice(start, start + len(taken)), block.cpu().numpy()
            start += len(taken)
