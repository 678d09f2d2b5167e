"""What lies behind the recent window: many small blocks become one, and cells beside it."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradtui.core.folds import Folded
from gradtui.core.frames import STATISTICS, joined
from gradtui.core.records import Sample
from gradtui.core.scale import log10
from gradtui.runs import blocks, folding, sampled

SAMPLES = 256
"""Samples of a cold block, and those that stay hot."""
VALUES = 1 << 18
"""Rows times layers of a cold block, about."""
SAMPLED = (*sampled.MAGNITUDES, *sampled.PLAIN)


@dataclass(frozen=True, slots=True)
class Hot:
    """A block that still holds all digits. Those are read from the file when it gets old: of two
    windows they take up to 16 MB.
    """

    behind: int
    segment: int
    """The step of the last intervention before it."""
    at: int
    count: int
    kind: tuple[Any, ...]
    """Those of one kind can lie in one block."""


@dataclass
class Compaction:
    """Knows the hot blocks of a file, and makes cold ones of them when there are enough."""

    file: sqlite3.Connection
    layers: int
    frames: deque[Hot] = field(default_factory=deque)
    samples: deque[Hot] = field(default_factory=deque)

    @property
    def chunk(self) -> int:
        """Steps of a cold block, and of the recent window."""
        most = int(np.clip(VALUES // max(self.layers, 1), 64, 1024))
        return 1 << (most.bit_length() - 1)

    def run(self) -> None:
        """Within the caller's transaction; does nothing most of the time."""
        while group := _due(self.frames, self.chunk):
            self._cool_frames(group)
            for _ in group:
                self.frames.popleft()
        while group := _due(self.samples, SAMPLES):
            self._cool_samples(group)
            for _ in group:
                self.samples.popleft()

    def _cool_frames(self, group: Sequence[Hot]) -> None:
        frame = joined(
            [
                blocks.unpack_frame(head, body, branch, hot.count, self.layers)
                for hot in group
                for branch, head, body in self._read("branch, head, body", "frames", hot)
            ]
        )
        last = group[-1]
        rows = {n: getattr(frame, n) for n in STATISTICS}
        rows = {n: row for n, row in rows.items() if row is not None}
        logs = {n: blocks.logs(row) for n, row in rows.items()}  # costs as much as to deflate them
        head, body = blocks.pack_frame(frame, logs)
        self._swap("frames", group)
        self.file.execute(
            "INSERT INTO frames VALUES (?, ?, ?, ?, ?, 1, ?, ?)",
            (last.behind, len(frame.steps), frame.branch, int(frame.steps[0]),
             int(frame.steps[-1]), head, body),
        )  # fmt: skip
        cells = {
            n: log10(np.abs(rows[n])) if log is None else log.astype(np.float32)
            for n, log in logs.items()
        }
        self._cells("frames", last, folding.raw(frame.steps, cells, frame.branch))

    def _cool_samples(self, group: Sequence[Hot]) -> None:
        samples: list[Sample] = [
            sample
            for hot in group
            for branch, body in self._read("branch, body", "samples", hot)
            for sample in sampled.unpack_samples(body, branch, hot.count, self.layers)
        ]
        last = group[-1]
        self._swap("samples", group)
        self.file.execute(
            "INSERT INTO samples VALUES (?, ?, ?, ?, ?, 1, ?, ?)",
            (last.behind, len(samples), samples[0].branch, samples[0].step, samples[-1].step,
             group[0].at, sampled.pack_samples(samples, cold=True)),
        )  # fmt: skip
        steps = np.array([sample.step for sample in samples])
        rows = {name: np.stack([getattr(s, name) for s in samples]) for name in SAMPLED}
        if samples[0].signal_time is not None:
            rows["signal_time"] = np.stack([np.asarray(s.signal_time) for s in samples])
        kept = {
            name: log10(row) if name in ("signal", "signal_time") else row.astype(np.float32)
            for name, row in rows.items()
        }
        self._cells("samples", last, folding.raw(steps, kept, samples[0].branch))

    def _read(self, columns: str, table: str, hot: Hot) -> Iterator[Any]:
        return self.file.execute(f"SELECT {columns} FROM {table} WHERE behind = ?", (hot.behind,))

    def _swap(self, table: str, group: Sequence[Hot]) -> None:
        self.file.executemany(
            f"DELETE FROM {table} WHERE behind = ?", [(hot.behind,) for hot in group]
        )

    def _cells(self, kind: str, last: Hot, cells: Folded) -> None:
        """All levels of cells, each made of the one below."""
        if not cells.quantities:
            return
        for level in folding.LEVELS:
            if level > self.chunk:
                return
            folded = folding.fold(cells, last.segment, level)
            if 2 * len(folded.first) > len(cells.first):
                continue  # no smaller than what it would stand for
            cells = folded
            self.file.execute(
                "INSERT INTO cells (kind, level, behind, body) VALUES (?, ?, ?, ?)",
                (kind, level, last.behind, folding.pack(cells)),
            )


def _due(hot: Sequence[Hot], chunk: int) -> list[Hot]:
    """The oldest blocks that belong together, if they are enough and lie behind the window.

    They are looked through only when there is a chunk behind the window: not at every commit.
    """
    if not hot or hot[-1].behind - hot[0].behind + hot[0].count < 2 * chunk:
        return []
    old = hot[-1].behind - chunk
    group: list[Hot] = []
    rows = 0
    for block in hot:
        if block.behind > old:
            return []
        if group and (block.segment, block.kind) != (group[0].segment, group[0].kind):
            return group
        group.append(block)
        rows += block.count
        if rows >= chunk:
            return group
    return []
