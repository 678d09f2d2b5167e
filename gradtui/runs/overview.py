"""A whole run in few records: what a screen shows of it when it opens."""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Iterator
from itertools import islice

import numpy as np

from gradtui.core.folds import Folded
from gradtui.core.frames import cut
from gradtui.core.records import Eval, Frame, Info, Record
from gradtui.runs import blocks, documents, folding, sampled, snapshots
from gradtui.runs.blobs import BrokenError
from gradtui.runs.order import Place, Placed

ALL = 2**62
CAPACITY = (2**19, 512, 2048)
"""Buckets times layers, the fewest and the most buckets of a history."""
SKETCH = 512
"""Cells of a whole run that a screen of any width makes no more of; finer ones are for a part."""
TOGETHER = 256
"""Events that are read at once; between two such reads nothing of the file is held."""
RAW = 1 << 20
"""Rows times layers of old steps that are read one by one; of more, cells are."""


def events(
    file: sqlite3.Connection, after: int = 0, until: int = ALL, *, evals: bool = True
) -> Iterator[Placed]:
    """The records that are kept as JSON, with an id beyond `after`, up to `until`."""
    query = (
        "SELECT id, at, kind, body FROM event WHERE id > ? AND id <= ?"
        f" ORDER BY id LIMIT {TOGETHER}"
    )
    while rows := file.execute(query, (after, until)).fetchall():
        after = rows[-1][0]
        for _, at, kind, body in rows:
            if kind in documents.KINDS and (evals or kind != "eval"):
                yield at, documents.read_record(kind, body)


def histograms(
    file: sqlite3.Connection, after: int, layers: int, until: int = ALL
) -> Iterator[Placed]:
    """The histograms with an id beyond `after`, up to `until`."""
    query = (
        "SELECT id, at, body, branch, step FROM histograms WHERE id > ? AND id <= ?"
        " ORDER BY id LIMIT 1"
    )
    while row := file.execute(query, (after, until)).fetchone():
        after, at, body, branch, step = row
        yield at, snapshots.unpack(body, branch, step, layers)


class Overview:
    """Reads a file up to a place, within one transaction of the caller's."""

    def __init__(
        self, file: sqlite3.Connection, info: Info, until: Place, most: int | None = None
    ) -> None:
        """`most`: so many cells are enough, in place of as many as a history has buckets."""
        self._file, self._until, self._most = file, until, most
        self._layers = len(info.layers)
        self.level = self._level(until.rows)
        """Steps of a cell; 0: all steps one by one."""

    def _level(self, rows: int) -> int:
        """The widest cells that are no wider than the buckets of a history of such a run."""
        total, fewest, most = CAPACITY
        buckets = self._most or int(np.clip(total // self._layers, fewest, most))
        width = 1
        while width * buckets < rows:
            width *= 2
        found = self._file.execute("SELECT DISTINCT level FROM cells WHERE kind = 'frames' LIMIT 9")
        levels = sorted({level for (level,) in found} & set(folding.LEVELS))
        fitting = [level for level in levels if level <= width]
        if fitting:
            return int(fitting[-1])
        return int(levels[0]) if levels and rows * self._layers > RAW else 0

    def records(self) -> Iterator[Record]:
        """In the order they were made, as near as blocks allow."""
        gathered: dict[tuple[str, ...], list[Folded]] = {}
        for record in self._in_order():
            if isinstance(record, Folded):
                gathered.setdefault((str(record.width), *record.quantities), []).append(record)
                continue
            if not _indifferent(record):
                yield from map(folding.joined, gathered.values())
                gathered.clear()
            yield record
        yield from map(folding.joined, gathered.values())

    def _in_order(self) -> Iterator[Record]:
        others = heapq.merge(
            self._events(),
            self._histograms(),
            key=lambda placed: placed[0],
        )
        blocks_ = heapq.merge(self._samples(), self._frames(), key=lambda block: block[0])
        ahead = next(others, None)
        for at, records in blocks_:
            while ahead is not None and ahead[0] <= at[0]:
                yield ahead[1]
                ahead = next(others, None)
            yield from records
        while ahead is not None:
            yield ahead[1]
            ahead = next(others, None)

    def _events(self) -> Iterator[Placed]:
        return events(self._file, until=self._until.event)

    def _histograms(self) -> Iterator[Placed]:
        return histograms(self._file, 0, self._layers, self._until.histograms)

    def _frames(self) -> Iterator[tuple[tuple[int, int], list[Record]]]:
        """Each block with the rows before it; frames behind the samples of the same place."""
        cells = self._cells("frames")
        rows = self._file.execute(
            "SELECT behind, count, branch, cold, head FROM frames ORDER BY behind"
        ).fetchall()
        for behind, count, branch, cold, head in rows:
            place = (behind - count, 1)
            left = self._until.rows - (behind - count)
            if left <= 0:
                return
            if not cold or left <= count:  # the newest one is shown in numbers
                frame = blocks.unpack_frame(head, self._body(behind), branch, count, self._layers)
                yield place, [cut(frame, 0, min(left, count))]
                continue
            found: list[Record] = [blocks.unpack_scalars(head, branch, count)]
            if self.level:
                found += cells.get(behind, [])
            else:
                found += self._raw(behind, found[0], branch, count)
            yield place, found

    def _raw(self, behind: int, scalars: Record, branch: int, count: int) -> list[Record]:
        body = self._body(behind)
        if body is None:
            return []
        logs = blocks.unpack_logs(body, count, self._layers)
        return [folding.raw(scalars.steps, logs, branch)]  # type: ignore[attr-defined]

    def _body(self, behind: int) -> bytes | None:
        row = self._file.execute("SELECT body FROM frames WHERE behind = ?", (behind,)).fetchone()
        if row is not None and not isinstance(row[0], bytes | None):
            raise BrokenError("statistics that are no bytes")
        return row[0] if row else None

    def _samples(self) -> Iterator[tuple[tuple[int, int], list[Record]]]:
        """Cold ones folded, but for the newest, and for the last before the last intervention,
        which is still shown.
        """
        cells = self._cells("samples")
        (marked,) = self._file.execute(
            "SELECT coalesce(max(at), 0) FROM event WHERE kind = 'applied' AND id <= ?",
            (self._until.event,),
        ).fetchone()
        (ghost,) = self._file.execute(
            "SELECT coalesce(max(behind), 0) FROM samples WHERE at < ?", (marked,)
        ).fetchone()
        rows = self._file.execute(
            "SELECT behind, count, branch, at, cold FROM samples ORDER BY behind"
        ).fetchall()
        for behind, count, branch, at, cold in rows:
            left = self._until.sampled - (behind - count)
            if left <= 0:
                return
            whole = cold and behind != ghost and left > count
            if whole and behind in cells:
                yield (at, 0), list(cells[behind])
                continue
            (body,) = self._file.execute(
                "SELECT body FROM samples WHERE behind = ?", (behind,)
            ).fetchone()
            if whole:
                steps, values = sampled.unpack_rows(body, count, self._layers)
                yield (at, 0), [folding.raw(steps, values, branch)]
            else:
                found = sampled.unpack_samples(body, branch, count, self._layers)
                yield (at, 0), list(islice(found, left))

    def _cells(self, kind: str) -> dict[int, list[Folded]]:
        if not self.level:
            return {}
        table = "frames" if kind == "frames" else "samples"
        rows = self._file.execute(
            f"SELECT c.behind, c.body, t.branch FROM cells c JOIN {table} t ON"
            " t.behind = c.behind WHERE c.kind = ? AND c.level = ? ORDER BY c.behind",
            (kind, self.level),
        )
        return {
            behind: [folding.unpack(body, branch, self._layers)] for behind, body, branch in rows
        }


def _indifferent(record: Record) -> bool:
    """Whether cells may come before or after it."""
    return isinstance(record, Eval) or (isinstance(record, Frame) and record.grad_norm is None)
