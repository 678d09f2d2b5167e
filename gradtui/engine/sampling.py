"""The signal and the state of the activations, on sampled steps only.

autograd is asked to keep dL/dz for such a step; what it kept waits until a frame is due, and
then all samples are read in one pass of numpy over views of the tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gradtui.core.entries import Activation
from gradtui.core.prediction import Prediction
from gradtui.core.records import Floats, Sample
from gradtui.engine.blocks import BLOCK, Blocks, Rows, Single
from gradtui.engine.model import Trace
from gradtui.engine.probe.sums import mend, safe

NARROW = 32
"""Units below which a layer is narrow."""


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
        self._blocks = Blocks()

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
        return measure(kept, activation, self._blocks) if kept else []


def watch(trace: Trace) -> None:
    """Between forward and backward: keep dL/dz of each layer. Changes no number."""
    for z in trace.watched():
        z.retain_grad()


@torch.no_grad()
def measure(
    kept: Sequence[Kept], activation: Activation, blocks: Blocks | None = None
) -> list[Sample]:
    """The `Sample` of each step; batches of one size."""
    blocks = Blocks() if blocks is None else blocks
    shape = len(kept), len(kept[0].gradients)
    mean, dead, saturated = np.empty(shape), np.full(shape, np.nan), np.full(shape, np.nan)

    def gradients() -> Rows:
        for rows, g in blocks.of([step.gradients for step in kept]):
            yield rows, g.reshape(*g.shape[:2], -1)

    def activations() -> Rows:
        for rows, a in blocks.of([step.activations for step in kept]):
            flat = a.reshape(*a.shape[:2], -1)
            mean[:, rows] = centre = _means(flat)
            yield rows, blocks.centred(flat, centre)
            if rows.stop < shape[1]:  # the logits are neither dead nor saturated
                if activation.can_die:
                    dead[:, rows] = _share(_largest(a) <= 0)
                if activation.saturated is not None:
                    saturated[:, rows] = _share(activation.saturated(flat))

    signal, spread = mean_squares(gradients, shape), mean_squares(activations, shape)
    columns = np.sqrt(signal), mean, np.sqrt(spread), dead, saturated
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
    quick: Single = np.vecdot(numbers, numbers)
    total = quick.astype(np.float64)
    mend(total, quick, numbers)
    return np.sqrt(total)


def _means(rows: Single) -> Single:
    """Mean of the last axis; in float64 where a float32 sum overflows before the mean does."""
    quick: Single = np.add.reduce(rows, axis=-1) / np.float32(rows.shape[-1])
    if np.isfinite(quick).all():
        return quick
    exact: Single = np.asarray(np.mean(rows, axis=-1, dtype=np.float64), np.float32)
    return exact


def mean_squares(read: Callable[[], Rows], shape: tuple[int, int]) -> Floats:
    """Of all layers [steps, layers]: float32 dot products.

    Only where those are not safe it reads once more, to mend them.
    """
    quick, count = np.empty(shape, np.float32), np.empty(shape[1])
    for rows, numbers in read():
        np.vecdot(numbers, numbers, out=quick[:, rows])
        count[rows] = numbers.shape[-1]
    total = quick.astype(np.float64)
    if not safe(quick):
        for rows, numbers in read():
            if not safe(quick[:, rows]):
                mend(total[:, rows], quick[:, rows], numbers)
    total /= count
    return total


def _share(mask: NDArray[np.bool_]) -> Floats:
    """Of what is true along the last axis."""
    share: Floats = np.add.reduce(mask, axis=-1) / mask.shape[-1]
    return share


def _largest(a: Single) -> Single:
    """Of each unit over the batch, the last axis but one.

    Halves are compared with halves where rows are narrow: numpy's own reduction is slow there.
    """
    if a.shape[-1] >= NARROW:
        top: Single = np.maximum.reduce(a, axis=-2)
        return top
    while (count := a.shape[-2]) > 1:
        half = count // 2
        larger: Single = np.maximum(a[..., :half, :], a[..., half : 2 * half, :])
        if count % 2:
            np.maximum(larger[..., :1, :], a[..., -1:, :], out=larger[..., :1, :])
        a = larger
    return a[..., 0, :]
