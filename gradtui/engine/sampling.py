"""The signal and the state of the activations, on sampled steps only.

autograd is asked to keep dL/dz for such a step; what it kept waits until a frame is due, and
then all samples are read in one pass of numpy over views of the tensors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gradtui.core.entries import Activation
from gradtui.core.prediction import Prediction
from gradtui.core.records import Floats, Sample
from gradtui.engine.model import Trace
from gradtui.engine.probe.flat import HIGH, LOW, mend

Single = NDArray[np.float32]

BLOCK = 2**16
"""Numbers that are stacked and reduced at once: they fit into the second-level cache."""


class Kept(NamedTuple):
    """One sampled step that waits to be read; a tensor a layer, the last row is the logits."""

    step: int
    gradients: list[Tensor]
    """dL/dz, [batch, out]."""
    activations: list[Tensor]
    predicted: Prediction | None
    """Its signal is a ratio to that of the logits."""
    in_time: Tensor | None = None
    """dL/dh_t of the first recurrent row, [time, batch, units]."""

    @classmethod
    def of(
        cls, step: int, trace: Trace, watched: list[Tensor], predicted: Prediction | None = None
    ) -> Kept:
        """`watched`: the gradients of `trace.watched()`."""
        activations = [*trace.activations, trace.outputs[-1]]
        if not trace.states:
            return cls(step, watched, activations, predicted)
        in_time = trace.in_time(watched)
        rows = trace.by_row(watched, in_time)
        return cls(step, rows, activations, predicted, in_time[min(in_time)])

    def theory(self, top: float) -> Prediction | None:
        """The prediction, given the signal of the logits."""
        if self.predicted is None:
            return None
        return replace(self.predicted, signal=top * self.predicted.signal)


class Samples:
    """The samples of a frame in the making."""

    def __init__(self) -> None:
        self._kept: list[Kept] = []
        self._numbers = 0

    def keep(
        self,
        step: int,
        trace: Trace,
        activation: Activation,
        predicted: Prediction | None = None,
    ) -> list[Sample]:
        """After backward. Returns those that could wait no longer: one pass reads a block."""
        gradients = [z.grad for z in trace.watched() if z.grad is not None]
        kept = Kept.of(step, trace, gradients, predicted)
        numbers = sum(g.numel() for g in kept.gradients)
        done: list[Sample] = []
        if self._kept and self._kept[0].gradients[0].shape != kept.gradients[0].shape:
            done = self.measure(activation)
        self._kept.append(kept)
        self._numbers += numbers
        if self._numbers > BLOCK - numbers:  # the next one would not fit
            done += self.measure(activation)
        return done

    def measure(self, activation: Activation) -> list[Sample]:
        """All that waited, in the order of their steps."""
        kept, self._kept, self._numbers = self._kept, [], 0
        return measure(kept, activation) if kept else []


def watch(trace: Trace) -> None:
    """Between forward and backward: keep dL/dz of each layer. Changes no number."""
    for z in trace.watched():
        z.retain_grad()


def measure(kept: Sequence[Kept], activation: Activation) -> list[Sample]:
    """The `Sample` of each step; batches of one size."""
    shape = len(kept), len(kept[0].gradients)
    last = shape[1]
    signal, square = MeanSquares(shape), MeanSquares(shape)
    mean = np.empty(shape)
    dead, saturated = np.full(shape, np.nan), np.full(shape, np.nan)
    for rows, g in blocks([step.gradients for step in kept]):
        signal.add(rows, g.reshape(*g.shape[:2], -1))
    for rows, a in blocks([step.activations for step in kept]):
        flat = a.reshape(*a.shape[:2], -1)
        mean[:, rows] = centre = _means(flat)
        square.add(rows, flat - centre[..., None])
        if rows.stop == last:
            break
        if activation.can_die:
            off = np.maximum.reduce(a, axis=2) <= 0
            dead[:, rows] = np.add.reduce(off, axis=2) / off.shape[2]
        if activation.saturated is not None:
            flats = np.add.reduce(activation.saturated(flat), axis=2)
            saturated[:, rows] = flats / flat.shape[2]
    spread = square.read()
    columns = np.sqrt(signal.read()), mean, np.sqrt(spread), dead, saturated
    zero = (mean == 0) & (spread == 0)
    return [
        Sample(
            step=step.step,
            signal=columns[0][i],
            activation_mean=columns[1][i],
            activation_std=columns[2][i],
            dead=columns[3][i],
            saturated=columns[4][i],
            zero=zero[i],
            theory=step.theory(columns[0][i, -1]),
            signal_time=None if step.in_time is None else norms(step.in_time),
        )
        for i, step in enumerate(kept)
    ]


def norms(gradients: Tensor) -> Floats:
    """L2 norm of each dL/dh_t over batch and units, of [time, batch, units]."""
    numbers = gradients.flatten(1).cpu().numpy()
    quick = np.vecdot(numbers, numbers)
    total = quick.astype(np.float64)
    mend(total, quick, numbers)
    found: Floats = np.sqrt(total)
    return found


def _means(rows: Single) -> Single:
    """Mean of the last axis; in float64 where a float32 sum overflows before the mean does."""
    quick: Single = np.add.reduce(rows, axis=-1) / np.float32(rows.shape[-1])
    if np.isfinite(quick).all():
        return quick
    exact: Single = np.asarray(np.mean(rows, axis=-1, dtype=np.float64), np.float32)
    return exact


class MeanSquares:
    """Mean of squares, [steps, layers]: float32 dot products, mended where those are not safe."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._quick = np.empty(shape, np.float32)
        self._kept: list[tuple[slice, Single]] = []

    def add(self, rows: slice, numbers: Single) -> None:
        """The layers `rows`, [steps, layers, numbers]."""
        np.vecdot(numbers, numbers, out=self._quick[:, rows])
        self._kept.append((rows, numbers))

    def read(self) -> Floats:
        quick = self._quick
        total = quick.astype(np.float64)
        if not (quick.min() >= LOW and quick.max() <= HIGH):
            for rows, numbers in self._kept:
                mend(total[:, rows], quick[:, rows], numbers)
        for rows, numbers in self._kept:
            total[:, rows] /= numbers.shape[-1]
        return total


def blocks(steps: Sequence[list[Tensor]]) -> Iterator[tuple[slice, Single]]:
    """[steps, layers, batch, units] of neighbours of one shape, and which layers.

    The logits stay alone. On a GPU each layer's numbers are copied here, once a sample.
    """
    start = 0
    last = steps[0][-1]
    for _, same in groupby(steps[0], key=lambda tensor: (tensor is last, tensor.shape)):
        layers = list(same)
        stop = start + len(layers)
        each = max(1, BLOCK // max(len(steps) * layers[0].numel(), 1))
        for first in range(start, stop, each):
            rows = slice(first, min(first + each, stop))
            taken = [tensor for step in steps for tensor in step[rows]]
            block = taken[0].detach()[None] if len(taken) == 1 else torch.stack(taken)
            shape = len(steps), rows.stop - rows.start, *layers[0].shape
            yield rows, block.view(shape).cpu().numpy()
        start = stop
