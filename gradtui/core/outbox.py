"""The bounded queue between the training thread and whoever reads it."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import deque
from collections.abc import Callable

import numpy as np

from gradtui.core.frames import SCALARS, STATISTICS, joined
from gradtui.core.records import Floats, Frame, Histograms, Record, Sample

ARRAYS = (*SCALARS, *STATISTICS)
PATIENCE = 0.01
"""Seconds between two looks at a full outbox by a training thread that must not lose a record."""


class Outbox:
    """Records in the order they were made; any thread puts, one drains.

    A lossless outbox makes `put` wait while it is full. The other kind never waits: when it
    is full, the two oldest neighbouring frames become one (min, max and last of every row
    survive, the rest is counted in `Frame.merged`); where samples part all frames, the oldest
    of two samples, or of two histograms, gives way. Everything else is always kept.
    """

    def __init__(
        self, capacity: int = 256, *, lossless: bool = False, timely: bool | None = None
    ) -> None:
        self.capacity = capacity
        self.lossless = lossless
        self.timely = not lossless if timely is None else timely
        """Frames leave by the clock. What a lossless reader is told must not depend on it, unless
        somebody looks on."""
        self.tap: Callable[[Record], None] | None = None
        """Gets every record as it was made, before any is merged, and after `closed` too."""
        self.closed = threading.Event()
        """Nobody reads any more: `put` neither waits nor keeps."""
        self.branch = 0
        """What is put without one belongs to this branch of the run."""
        self._parts: list[Frame] = []
        """Of a frame in the making, which the tap has already."""
        self._records: deque[Record] = deque()
        self._lock = threading.Lock()

    def put(self, record: Record) -> None:
        """Append a record; waits for room only if lossless and not closed."""
        record = self._tapped(record)
        if self._parts and isinstance(record, Frame):
            record = self._whole(record)
        self._append(record)

    def ahead(self, part: Frame) -> None:
        """A part of the frame that is put next goes to the tap: who looks on need not wait.

        The reader gets the whole frame, whenever its parts were sent.
        """
        tapped = self._tapped(part)
        assert isinstance(tapped, Frame)
        self._parts.append(tapped)

    def complete(self) -> Frame | None:
        """No more parts come: the reader gets those that there are as one frame."""
        if not self._parts:
            return None
        whole = self._whole()
        self._append(whole)
        return whole

    def _whole(self, *last: Frame) -> Frame:
        parts, self._parts = [*self._parts, *last], []
        return joined(parts)

    def _tapped(self, record: Record) -> Record:
        if self.branch and not record.branch:
            record = dataclasses.replace(record, branch=self.branch)
        if self.tap is not None:
            self.tap(record)
        return record

    def _append(self, record: Record) -> None:
        while self.lossless and len(self._records) >= self.capacity and not self.closed.is_set():
            time.sleep(PATIENCE)
        with self._lock:
            if self.closed.is_set():
                return
            self._records.append(record)
            if len(self._records) > self.capacity and not self.lossless:
                self._squeeze()

    def drain(self) -> list[Record]:
        """Everything since the last call."""
        with self._lock:
            records = list(self._records)
            self._records.clear()
        return records

    def _squeeze(self) -> None:
        for i in range(len(self._records) - 1):
            one, two = self._records[i], self._records[i + 1]
            if isinstance(one, Frame) and isinstance(two, Frame) and _alike(one, two):
                self._records[i] = merge(one, two)
                del self._records[i + 1]
                return
        self._thin()

    def _thin(self) -> None:
        """Drop the oldest sample that a newer one follows before anything that must be kept."""
        oldest: dict[type[Record], int] = {}
        for i, record in enumerate(self._records):
            kind = type(record)
            if kind in oldest:
                del self._records[oldest[kind]]
                return
            if kind in (Sample, Histograms):
                oldest[kind] = i
            elif kind is not Frame:
                oldest.clear()


def _alike(one: Frame, two: Frame) -> bool:
    same_branch = (one.run, one.branch) == (two.run, two.branch)
    return same_branch and (one.grad_norm is None) == (two.grad_norm is None)


def merge(one: Frame, two: Frame) -> Frame:
    """Two adjacent frames as one of a few steps: min, max and last of every row.

    The rows stand at the last three steps of the span, or at the last four where a nan that the
    last step no longer has needs a row of its own: it is not hidden, nor hides what was finite.
    """
    steps = np.concatenate([one.steps, two.steps])
    columns = {name: _both(getattr(one, name), getattr(two, name)) for name in ARRAYS}
    if len(steps) > 3:
        lost = any(_forgets(column) for column in columns.values() if column is not None)
        columns = {
            name: None if column is None else _extremes(column, lost=lost)
            for name, column in columns.items()
        }
    kept = len(columns["loss"] if columns["loss"] is not None else steps)
    return dataclasses.replace(
        two,
        steps=steps[-kept:],
        seconds=one.seconds + two.seconds,
        probe_seconds=one.probe_seconds + two.probe_seconds,
        merged=one.merged + two.merged + len(steps) - kept,
        **columns,  # type: ignore[arg-type]
    )


def _both(first: Floats | None, second: Floats | None) -> Floats | None:
    return None if first is None or second is None else np.concatenate([first, second])


def _forgets(column: Floats) -> bool:
    """Whether a nan is gone at the last step."""
    return bool((np.isnan(column).any(0) & ~np.isnan(column[-1])).any())


def _extremes(column: Floats, *, lost: bool) -> Floats:
    """Min, max and last of each row; with `lost` also where there was a nan."""
    rows = [np.fmin.reduce(column), np.fmax.reduce(column), column[-1]]
    if lost:
        rows.insert(2, np.where(np.isnan(column).any(0), np.nan, column[-1]))
    return np.stack(rows)
