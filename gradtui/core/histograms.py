"""The histograms of the whole run in bounded memory: snapshots that thin out evenly.

A snapshot is kept or dropped, never mixed with another. When too many are kept, each stands for
twice the steps, and of those that stand for the same steps the newest stays: so the last one
before an intervention is never lost.
"""

from __future__ import annotations

from bisect import bisect
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gradtui.core.frozen import frozen
from gradtui.core.records import Floats, Histograms

Kind = Literal["weights", "gradients", "activations"]
KINDS: tuple[Kind, ...] = ("weights", "gradients", "activations")

FULL = 255


@frozen
class Snapshot:
    """The histograms of one step, packed: a byte a bin."""

    step: int
    heights: NDArray[np.uint8]
    """[kinds, L, bins] Square root of count over the layer's largest count, 255 for 1; only an
    empty bin is 0. The root keeps the tails: a byte could not tell 1 of 1000 from nothing."""
    ends: NDArray[np.float32]
    """[kinds, L, 2] Where the first bin begins and the last one ends."""


@frozen
class Strip:
    """One kind of one layer over the steps; the snapshots stand in rising order."""

    steps: NDArray[np.int64]
    """[n]"""
    shares: Floats
    """[n, bins] Count over the snapshot's largest count, 0 to 1."""
    low: Floats
    high: Floats
    """[n] nan where the layer had no finite number."""


class HistogramHistory:
    """Snapshots of all layers over the run: 64 at 1000 layers of 64 bins, some 14 MB."""

    def __init__(self, layers: int, *, capacity: int | None = None) -> None:
        self.capacity = capacity or int(np.clip(2**16 // max(layers, 1), 64, 128))
        self.newest: Histograms | None = None
        self.ghost: Histograms | None = None
        """The one before the last intervention, or the last finite one."""
        self.width = 1
        """Steps that a snapshot stands for."""
        self.segments = [0]
        """First step of each segment: the start, and each intervention."""
        self.cuts = 0
        """How often its past was changed."""
        self._kept: list[Snapshot] = []

    def __len__(self) -> int:
        return len(self._kept)

    def mark(self, step: int) -> None:
        """An intervention takes effect before `step`."""
        if self.newest is not None and _is_finite(self.newest):
            self.ghost = self.newest
        if step > self.segments[-1]:
            self.segments.append(step)

    def cut(self, step: int) -> list[Snapshot]:
        """Give up the snapshots from `step` on, and return them."""
        at = sum(snapshot.step < step for snapshot in self._kept)
        self._kept, gone = self._kept[:at], self._kept[at:]
        self.segments = [start for start in self.segments if start <= step]
        self.cuts += 1
        return gone

    def rejoin(self, gone: list[Snapshot], segments: list[int]) -> None:
        """Take back what `cut` gave, where nothing came instead of it."""
        self._kept, self.segments = [*self._kept, *gone], list(segments)
        self.cuts += 1

    def append(self, record: Histograms) -> None:
        """Keep a snapshot; records come in the order of their steps."""
        before = self.newest
        if before is not None and _is_finite(before) and not _is_finite(record):
            self.ghost = before
        self.newest = record
        if self._kept and self._cell(self._kept[-1].step) == self._cell(record.step):
            self._kept.pop()
        self._kept.append(pack(record))
        if len(self._kept) > self.capacity:
            self._thin()

    def strip(self, kind: Kind, layer: int) -> Strip:
        """One kind of one layer, unpacked."""
        at = KINDS.index(kind)
        steps = np.array([snapshot.step for snapshot in self._kept], np.int64)
        heights = [snapshot.heights[at, layer] for snapshot in self._kept]
        ends = [snapshot.ends[at, layer] for snapshot in self._kept]
        bins = len(heights[0]) if heights else 0
        shares = (np.array(heights, np.float64).reshape(-1, bins or 1) / FULL) ** 2
        low, high = np.array(ends, np.float64).reshape(-1, 2).T
        return Strip(steps, shares, low, high)

    def _cell(self, step: int) -> tuple[int, int]:
        segment = bisect(self.segments, step) - 1
        return segment, (step - self.segments[segment]) // self.width

    def _thin(self) -> None:
        """Until a quarter is gone; nothing but interventions: the oldest snapshots go."""
        goal = 3 * self.capacity // 4
        while len(self._kept) > goal and self.width <= self._kept[-1].step:
            self.width *= 2
            cells = {self._cell(snapshot.step): snapshot for snapshot in self._kept}
            self._kept = list(cells.values())
        self._kept = self._kept[-goal:]


def pack(record: Histograms) -> Snapshot:
    """A record with a byte a bin."""
    spreads = [getattr(record, kind) for kind in KINDS]
    counts = np.stack([spread.counts for spread in spreads]).astype(np.float32)
    most = np.maximum(counts.max(axis=2, keepdims=True), 1)
    ends = np.stack([np.stack([s.low, s.high], axis=1) for s in spreads])
    heights = np.ceil(FULL * np.sqrt(counts / most))
    return Snapshot(record.step, heights.astype(np.uint8), ends.astype(np.float32))


def _is_finite(record: Histograms) -> bool:
    spreads = (record.weights, record.gradients, record.activations)
    return not any(spread.nans.any() or spread.infs.any() for spread in spreads)
