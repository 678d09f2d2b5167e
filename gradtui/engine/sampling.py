"""The signal and the state of the activations, on sampled steps only.

On such a step `engine.backward` leaves dL/dz, too; it waits until a frame is due, and then all
samples are read in one pass of numpy over views of the tensors. For what does not wait see
`engine.passing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from itertools import takewhile
from types import MappingProxyType
from typing import NamedTuple, cast

import numpy as np
import torch
from torch import Tensor

from gradtui.core.entries import Activation
from gradtui.core.prediction import Prediction
from gradtui.core.records import Floats, Sample
from gradtui.engine import columns
from gradtui.engine.blocks import BLOCK, Blocks
from gradtui.engine.columns import Table
from gradtui.engine.model import Passed, Trace
from gradtui.engine.readers import mean_squares, squares


class Kept(NamedTuple):
    """One sampled step that waits to be read; the last row is the logits."""

    step: int
    gradients: list[Tensor]
    """dL/dz, […, out], of each row that is not in `read`; none if there is a `signal`."""
    activations: list[Tensor]
    """A tensor a row."""
    predicted: Prediction | None
    """Its signal is a ratio to that of the logits."""
    in_time: Floats | None = None
    """[T] L2 norm of dL/dh_t over batch and units, of the first recurrent row."""
    read: Mapping[int, float] = MappingProxyType({})
    """Mean squares of dL/dz of the rows that were read as it passed."""
    plain: Set[int] = frozenset()
    """Rows that no activation follows: neither dead nor saturated."""
    passed: Mapping[int, Passed] = MappingProxyType({})
    """Rows whose activations were read as they passed."""
    signal: Floats | None = None
    """Mean squares of dL/dz of all rows, where all were read at once."""

    @classmethod
    def of(
        cls,
        step: int,
        trace: Trace,
        gradients: Sequence[Tensor | None],
        predicted: Prediction | None = None,
    ) -> Kept:
        """`gradients` are as in `trace.gradients`."""
        activations, plain = [*trace.activations, trace.outputs[-1]], trace.plain
        if not trace.states and not trace.squares and not trace.passed:
            found = cast(list[Tensor], gradients)
            if not trace.bias_rows:
                return cls(step, found, activations, predicted, plain=plain)
            signal = np.concatenate([mean_squares(dz.numpy()) for dz in found])
            return cls(step, [], activations, predicted, plain=plain, signal=signal)
        waiting, in_time = [], None
        read = {row: passed.signal for row, passed in trace.passed.items()}
        for row, places in enumerate(trace.places()):
            if row in trace.passed:
                continue
            of_row = [g for g in gradients[places.start : places.stop] if g is not None]
            recurrent = row in trace.states
            if not of_row:
                totals = [trace.squares[i] for i in places]
                numbers = trace.watched()[places[0]].numel() * len(places)
                read[row], norms = sum(totals) / numbers, np.sqrt(totals)
            else:
                waiting.append(torch.stack(of_row) if recurrent else of_row[0])
            if recurrent and in_time is None:
                in_time = norms if row in read else norms_of(waiting[-1])
        return cls(step, waiting, activations, predicted, in_time, read, plain, trace.passed)

    def like(self, other: Kept) -> bool:
        """Whether one pass can read both: batches of one size, and the same rows kept."""
        return (
            self.activations[-1].shape == other.activations[-1].shape
            and len(self.gradients) == len(other.gradients)
            and self.read.keys() == other.read.keys()
            and self.passed.keys() == other.passed.keys()
        )

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
        kept = Kept.of(step, trace, trace.gradients, predicted)
        numbers = columns.count(kept.activations)
        self._kept.append(kept)
        self._numbers += numbers
        # One more, if it is as large as this one, would not fit.
        return self.measure(activation) if self._numbers > BLOCK - numbers else []

    def measure(self, activation: Activation) -> list[Sample]:
        """All that waited, in the order of their steps."""
        kept, self._kept, self._numbers = self._kept, [], 0
        done: list[Sample] = []
        while kept:
            alike = list(takewhile(kept[0].like, kept))
            done += measure(alike, activation, self._blocks)
            del kept[: len(alike)]
        return done


@torch.no_grad()
def measure(
    kept: Sequence[Kept], activation: Activation, blocks: Blocks | None = None
) -> list[Sample]:
    """The `Sample` of each step, of one net; each is `like` the others."""
    gradients, activations = [k.gradients for k in kept], [k.activations for k in kept]
    if not kept[0].passed and columns.fits(gradients[0], activations[0]):
        table = columns.read(gradients, activations, activation)
    else:
        table = _by_blocks(kept, activation, Blocks() if blocks is None else blocks)
    rows = sorted(kept[0].plain)
    table.dead[:, rows] = table.saturated[:, rows] = np.nan
    signal, mean, std = np.sqrt(table.signal), table.mean, np.sqrt(table.variance)
    zero = (mean == 0) & (std == 0)
    return [
        Sample(
            step=step.step,
            signal=signal[i],
            activation_mean=mean[i],
            activation_std=std[i],
            dead=table.dead[i],
            saturated=table.saturated[i],
            zero=zero[i],
            theory=step.theory(signal[i, -1]),
            signal_time=step.in_time,
        )
        for i, step in enumerate(kept)
    ]


def _by_blocks(kept: Sequence[Kept], activation: Activation, blocks: Blocks) -> Table:
    """Layers of any size: large ones where they lie, many small ones of one shape at once."""
    one, rows = kept[0], len(kept[0].activations) + len(kept[0].passed)
    whole = np.full((5, len(kept), rows), np.nan)
    table = Table(*whole)
    late = np.array([row for row in range(rows) if row not in one.read])
    for (steps, some), layers in blocks.of([step.gradients for step in kept]):
        table.signal[steps, late[some]] = layers.mean_square()
    late = np.array([row for row in range(rows) if row not in one.passed])
    for (steps, some), layers in blocks.of([step.activations for step in kept], shared=True):
        at = steps, late[some]
        table.mean[at], table.variance[at] = layers.moments()
        if some.stop == len(late):  # the logits are neither dead nor saturated
            continue
        if activation.can_die:
            table.dead[at] = layers.dead()
        if activation.saturated is not None:
            table.saturated[at] = layers.share(activation.saturated)
    for i, step in enumerate(kept):
        if step.signal is not None:
            table.signal[i] = step.signal
        for row, mean_square in step.read.items():
            table.signal[i, row] = mean_square
        if step.passed:
            told = [list(vars(passed).values()) for passed in step.passed.values()]
            whole[:, i, list(step.passed)] = np.transpose(told)
    return table


def norms_of(gradients: Tensor) -> Floats:
    """L2 norm of each dL/dh_t over batch and units, of [time, batch, units]."""
    return np.sqrt(squares(gradients.flatten(1).cpu().numpy()))
