"""Histograms of all layers' weights, gradients and outputs, on a time budget of their own.

They read what a step left behind, and run the net forward once more for its outputs: nothing
of the run is changed. A block of layers is binned in one `bincount`, at some 3 ns a number.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gradtui.core import clock
from gradtui.core.records import Floats, Histograms
from gradtui.core.spread import Spread
from gradtui.engine.blocks import Blocks
from gradtui.engine.model import Trace
from gradtui.engine.run import Run

BINS = 64
PAUSE = 0.25
"""Least seconds between two records while training: a strip has no more columns than that."""
SHARE = 0.01
"""Most of the training time that records may take."""
AT_LEAST = 3e-4
"""Seconds that a layer takes on any machine; the clock of a demo stands still for work."""
HASTE = 10
"""Before an intervention, a record that is so many times as old as it took to make is old."""


class Snapshots:
    """Says when histograms are due, and makes them.

    They are due `PAUSE` seconds after the last ones, and not before 1 / `SHARE` times the time
    that those took has passed; so they cost a hundredth at most, at any number of layers.
    """

    def __init__(self, net: Run, clock: Callable[[], float] = clock.now) -> None:
        self._net, self._clock = net, clock
        self._step = -1
        self._made = -1e9
        self.took = 0.0
        """Seconds that the last ones took."""

    def due(self) -> bool:
        """Whether it is time, after a step."""
        return self._clock() - self._made >= max(PAUSE, self.took / SHARE)

    def stale(self, step: int) -> bool:
        """Whether a person who acts after `step` would miss the newest numbers."""
        return step > self._step and self._clock() - self._made >= HASTE * self.took

    def take(self, step: int, x: Tensor) -> Histograms:
        """After step `step`, made with the batch x."""
        began = self._clock()
        record = histograms(self._net, step, x)
        self._step, self._made = step, self._clock()
        self.took = max(self._made - began, AT_LEAST * len(self._net.parameters.weights))
        return record


def histograms(net: Run, step: int, x: Tensor) -> Histograms:
    """What step `step` with the batch x left: weights, the gradient it took, outputs."""
    trace = Trace([], [])
    weights = net.parameters.weights
    with torch.no_grad(), np.errstate(all="ignore"):
        running = net.running.unseen(x, net.model.grid)
        net.model.forward(x, net.forward_knobs, running, None, trace)
        return Histograms(
            step=step,
            weights=spread(weights),
            gradients=spread(net.parameters.gradient_of(weights), magnitudes=True),
            activations=spread([*trace.activations, trace.outputs[-1]]),
        )


def spread(tensors: list[Tensor], *, magnitudes: bool = False) -> Spread:
    """The spread of each tensor's numbers, or with `magnitudes` of their log10 |x|."""
    parts = []
    blocks = (layers.rows() for _, layers in Blocks().of([tensors]))
    for rows in chain.from_iterable(blocks):
        told = np.log10(np.abs(rows)) if magnitudes else rows
        # float64: no difference of two float32 overflows there, and no sum loses digits.
        parts.append({**_flaws(rows), **_numbers(told.astype(np.float64))})
    return Spread(**{name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def _flaws(rows: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
    """How many numbers of each row [layers, numbers] are 0, inf, nan."""
    zeros = np.add.reduce(rows == 0, axis=1, dtype=np.int64)
    if np.isfinite(rows).all():
        none = np.zeros_like(zeros)
        return {"zeros": zeros, "infs": none, "nans": none}
    return {"zeros": zeros, "infs": np.isinf(rows).sum(axis=1), "nans": np.isnan(rows).sum(axis=1)}


def _numbers(x: Floats) -> dict[str, NDArray[Any]]:
    """Ends, moments and counts of the finite numbers of each row [layers, numbers]."""
    finite = np.isfinite(x)
    count = np.add.reduce(finite, axis=1, dtype=np.int64)
    low = x.min(axis=1, where=finite, initial=np.inf)
    high = x.max(axis=1, where=finite, initial=-np.inf)
    counts = _counts(x, finite, low, high)
    mean = x.sum(axis=1, where=finite) / count
    np.subtract(x, mean[:, None], out=x)
    x[~finite] = 0
    std = np.sqrt(np.vecdot(x, x) / count)
    low[count == 0] = high[count == 0] = np.nan
    return {"counts": counts, "low": low, "high": high, "mean": mean, "std": std}


def _counts(x: Floats, finite: NDArray[np.bool_], low: Floats, high: Floats) -> NDArray[np.uint32]:
    """[layers, BINS] Equal bins from low to high; what is not finite falls into one behind."""
    width = high - low
    at = x - low[:, None]
    at *= np.where(width > 0, BINS / width, 0.0)[:, None]
    np.minimum(at, BINS - 1, out=at)
    at[~finite] = BINS
    at += (BINS + 1) * np.arange(len(x))[:, None]
    counts = np.bincount(at.astype(np.intp).ravel(), minlength=len(x) * (BINS + 1))
    return counts.reshape(len(x), BINS + 1)[:, :BINS].astype(np.uint32)
