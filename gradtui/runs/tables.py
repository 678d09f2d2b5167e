"""What the writer's thread does to the file: records become rows, and old rows become few."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gradtui.core.commands import Command
from gradtui.core.frames import joined
from gradtui.core.records import Applied, Frame, Histograms, Info, Record, Sample
from gradtui.runs import blocks, checkpoints, documents, sampled, schema
from gradtui.runs.checkpoints import Saved
from gradtui.runs.compaction import Compaction, Hot
from gradtui.runs.documents import UnreadableError
from gradtui.runs.rewind import rewind
from gradtui.runs.snapshots import Snapshots


class Tables:
    """A run file that is open to be written; all calls come from one thread."""

    def __init__(
        self, path: Path, info: Info, document: Mapping[str, Any], checkpoint: int | None = None
    ) -> None:
        """Make the file, or go on with it where it is there already: from a checkpoint on."""
        is_new = not path.exists()
        if is_new:
            meta = {key: documents.write(value) for key, value in document.items()}
            schema.create(path, meta | {"info": documents.write_record(info)})
        self.file = schema.open_write(path)
        schema.choose_journal(self.file, path.parent)
        if checkpoint is not None:
            with self.file:
                rewind(self.file, checkpoint, len(info.layers))
                told = [(key, documents.write(value)) for key, value in document.items()]
                self.file.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", told)
        (self._rows,) = self._one("SELECT coalesce(max(behind), 0) FROM frames")
        (self._sampled,) = self._one("SELECT coalesce(max(behind), 0) FROM samples")
        # Whoever finds a new file may steer at once; what an older run was told is over.
        (newest,) = self._one("SELECT coalesce(max(id), 0) FROM command")
        self._heard: int = 0 if is_new else newest
        self._segment = self._branch = 0
        self._snapshots = Snapshots(self.file)
        self._compaction = Compaction(self.file, len(info.layers))

    def _one(self, query: str) -> Any:
        return self.file.execute(query).fetchone()

    def write(self, records: Sequence[Record]) -> list[Command]:
        """Write all in one transaction; returns the commands that came since the last call.

        Nothing is changed if it raises.
        """
        if records:
            before = self._standing()
            try:
                with self.file:
                    self._take(records)
                    self._compaction.run()
            except BaseException:
                self._restore(before)
                raise
        return self._commands()

    def _standing(self) -> tuple[Any, ...]:
        hot = self._compaction
        return (
            self._rows,
            self._sampled,
            self._segment,
            self._branch,
            list(hot.frames),
            list(hot.samples),
        )

    def _restore(self, before: tuple[Any, ...]) -> None:
        self._rows, self._sampled, self._segment, self._branch, frames, samples = before
        self._compaction.frames, self._compaction.samples = deque(frames), deque(samples)
        self._snapshots = Snapshots(self.file)

    def _take(self, records: Sequence[Record]) -> None:
        frames: list[Frame] = []
        samples: list[Sample] = []
        for record in records:
            if isinstance(record, Frame):
                if frames and blocks.kind(frames[-1]) != blocks.kind(record):
                    self._keep(frames, samples)
                frames.append(record)
            elif isinstance(record, Sample):
                if samples and sampled.kind(samples[-1]) != sampled.kind(record):
                    self._keep(frames, samples)
                samples.append(record)
            else:
                self._keep(frames, samples)
                self._other(record)
        self._keep(frames, samples)

    def _keep(self, frames: list[Frame], samples: list[Sample]) -> None:
        """Write what has gathered; both lists are empty then."""
        if samples:
            at = self._rows
            self._sampled += len(samples)
            self.file.execute(
                "INSERT INTO samples VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
                (self._sampled, len(samples), samples[0].branch, samples[0].step,
                 samples[-1].step, at, sampled.pack_samples(samples, cold=False)),
            )  # fmt: skip
            segment = self._segment_of(samples[0].branch, samples[0].step)
            self._compaction.samples.append(
                Hot(self._sampled, segment, at, len(samples), sampled.kind(samples[0]))
            )
        if frames:
            frame = joined(frames)
            self._rows += len(frame.steps)
            self.file.execute(
                "INSERT INTO frames VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
                (self._rows, len(frame.steps), frame.branch, int(frame.steps[0]),
                 int(frame.steps[-1]), *blocks.pack_frame(frame)),
            )  # fmt: skip
            segment = self._segment_of(frame.branch, int(frame.steps[0]))
            self._compaction.frames.append(
                Hot(self._rows, segment, 0, len(frame.steps), blocks.kind(frame))
            )
        frames.clear()
        samples.clear()

    def _segment_of(self, branch: int, step: int) -> int:
        """The step of the last intervention; where a branch begins, a new count begins."""
        if branch != self._branch or step < self._segment:
            self._branch, self._segment = branch, step
        return self._segment

    def _other(self, record: Record) -> None:
        if isinstance(record, Saved):
            checkpoints.write(self.file, record, self._rows, self._sampled)
            return
        if isinstance(record, Histograms):
            self._snapshots.keep(record, self._rows, self._segment)
            return
        if isinstance(record, Applied):
            self._segment = record.step
        try:
            kind = documents.kind_of(record)
        except KeyError:  # only for a screen that looks at this moment
            return
        self.file.execute(
            "INSERT INTO event (at, kind, body) VALUES (?, ?, ?)",
            (self._rows, kind, documents.write_record(record)),
        )

    def _commands(self) -> list[Command]:
        rows = self.file.execute(
            "SELECT id, body FROM command WHERE id > ? ORDER BY id LIMIT 1000", (self._heard,)
        ).fetchall()
        commands = []
        for number, body in rows:
            self._heard = number
            try:
                commands.append(documents.read_command(body))
            except UnreadableError:  # another version's; there is nobody to tell
                continue
        return commands

    def close(self) -> None:
        """Leave one file, without its journal."""
        try:
            self.file.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError:  # somebody looks at it still
            pass
        finally:
            self.file.close()
