"""The signal and the state of the activations, on sampled steps only.

autograd is asked for dL/dz, too, on such a step; it waits until a frame is due, and then all
samples are read in one pass of numpy over views of the tensors. Rows of many numbers do not wait:
see `engine.passing`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple, cast

import numpy as np
import torch
from torch import Tensor

from gradtui.core.entries import Activation
from gradtui.core.prediction import Prediction
from gradtui.core.records import Floats, Sample
from gradtui.engine import columns
from gradtui.engine.blocks import ALONE, BLOCK, Blocks
from gradtui.engine.columns import Table
from gradtui.engine.model import Passed, Trace
from gradtui.engine.parameters import Parameters
from gradtui.engine.readers import square, squares


class Kept(NamedTuple):
    """One sampled step that waits to be read; the last row is the logits."""

    step: int
    gradients: list[Tensor]
    """dL/dz, […, out], of each row that is not in `read`."""
    activations: list[Tensor]
    """A tensor a row."""
    predicted: Prediction | None
    """Its signal is a ratio to that of the logits."""
    in_time: Floats | None = None
    """[T] L2 norm of dL/dh_t over batch and units, of the first recurrent row."""
    read: Mapping[int, float] = MappingProxyType({})
    """Mean squares of dL/dz of the rows that were read as it passed."""
    plain: frozenset[int] = frozenset()
    """Rows that no activation follows: neither dead nor saturated."""
    passed: Mapping[int, Passed] = MappingProxyType({})
    """Rows whose activations were read as they passed."""

    @classmethod
    def of(
        cls,
        step: int,
        trace: Trace,
        watched: Sequence[Tensor | None],
        predicted: Prediction | None = None,
    ) -> Kept:
        """`watched`: the gradients of `trace.watched()`, as in `trace.gradients`."""
        activations, plain = [*trace.activations, trace.outputs[-1]], frozenset(trace.plain)
        if not trace.states and not trace.squares and not trace.passed:
            return cls(step, cast(list[Tensor], watched), activations, predicted, plain=plain)
        gradients, in_time = [], None
        read = {row: passed.signal for row, passed in trace.passed.items()}
        for row, places in enumerate(trace.places()):
            if row in trace.passed:
                continue
            of_row = [g for g in watched[places.start : places.stop] if g is not None]
            recurrent = row in trace.states
            if not of_row:
                totals = [trace.squares[i] for i in places]
                numbers = trace.watched()[places[0]].numel() * len(places)
                read[row], norms = sum(totals) / numbers, np.sqrt(totals)
            else:
                gradients.append(torch.stack(of_row) if recurrent else of_row[0])
            if recurrent and in_time is None:
                in_time = norms if row in read else norms_of(gradients[-1])
        return cls(step, gradients, activations, predicted, in_time, read, plain, trace.passed)

    def like(self, other: Kept) -> bool:
        """Whether one pass can read both: batches of one size, and the same rows kept."""
        return (
            self.activations[-1].shape == other.activations[-1].shape
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
        numbers = sum(a.numel() for a in kept.activations)
        done: list[Sample] = []
        if self._kept and not kept.like(self._kept[0]):
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


def backward(loss: Tensor, parameters: Parameters, trace: Trace) -> None:
    """A sampled step's backward pass: all parameters' gradients as ever, and dL/dz of each layer.

    Changes no number. On a GPU all of it waits: to read it at once would wait for the device.
    """
    watched, waits = trace.watched(), not loss.is_cpu
    if not waits and sum(z.numel() for z in watched) <= columns.SMALL:
        _backward_by_copies(loss, watched, trace)
        return
    asked: list[int] = []
    for places in trace.places():
        if waits or watched[places.start].numel() * len(places) < ALONE:
            asked += places
            continue
        for i in places:
            trace.squares[i] = 0.0
            watched[i].register_hook(_reader(trace.squares, i))  # type: ignore[no-untyped-call]
    leaves, sums = parameters.leaves, parameters.leaf_gradients
    inputs = [*leaves, *(watched[i] for i in asked)]
    found = torch.autograd.grad((loss,), inputs, allow_unused=True)
    for total, gradient in zip(sums, found[: len(leaves)], strict=True):
        if gradient is not None:
            total.add_(gradient)
    trace.gradients = [None] * len(watched)
    for i, gradient in zip(asked, found[len(leaves) :], strict=True):
        trace.gradients[i] = gradient


def _backward_by_copies(loss: Tensor, watched: Sequence[Tensor], trace: Trace) -> None:
    """The same where a copy of dL/dz costs less than to ask for it beside the parameters'."""
    for z in watched:
        z.retain_grad()
    torch.autograd.backward((loss,))
    trace.gradients = [z.grad for z in watched]


def _reader(totals: dict[int, float], place: int) -> Callable[[Tensor], None]:
    """A hook; that it knows no tensor lets the pass be freed at once."""

    def read(gradient: Tensor) -> None:
        totals[place] = square(gradient.numpy().reshape(-1))

    return read


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
    signal, mean, std = np.sqrt(table.signal), table.mean, np.sqrt(table.spread)
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
        table.mean[at], table.spread[at] = layers.moments()
        if some.stop == len(late):  # the logits are neither dead nor saturated
            continue
        if activation.can_die:
            table.dead[at] = layers.dead()
        if activation.saturated is not None:
            table.saturated[at] = layers.share(activation.saturated)
    for i, step in enumerate(kept):
        for row, mean_square in step.read.items():
            table.signal[i, row] = mean_square
        if step.passed:
            told = [list(vars(passed).values()) for passed in step.passed.values()]
            whole[:, i, list(step.passed)] = np.transpose(told)
    return table


def norms_of(gradients: Tensor) -> Floats:
    """L2 norm of each dL/dh_t over batch and units, of [time, batch, units]."""
    return np.sqrt(squares(gradients.flatten(1).cpu().numpy()))
