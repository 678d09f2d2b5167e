"""What the writer's thread does to the file: records become rows, and old rows become few."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gradtui.core.commands import Command
from gradtui.core.records import Frame, Histograms, Info, Record, Sample
from gradtui.runs import blocks, checkpoints, documents, schema
from gradtui.runs.checkpoints import Saved
from gradtui.runs.documents import UnreadableError


class Tables:
    """A run file that is open to be written; all calls come from one thread."""

    def __init__(self, path: Path, info: Info, document: Mapping[str, Any]) -> None:
        """Make the file, or go on with it where it is there already."""
        if path.exists():
            self.file = schema.open_write(path)
            schema.choose_journal(self.file)
        else:
            self.file = schema.create(path)
            with self.file:
                for key, value in document.items():
                    text = documents.write(value)
                    self.file.execute("INSERT INTO meta VALUES (?, ?)", (key, text))
                body = documents.write_record(info)
                self.file.execute("INSERT INTO meta VALUES ('info', ?)", (body,))
        (self._rows,) = self._one("SELECT coalesce(max(behind), 0) FROM frames")
        (self._sampled,) = self._one("SELECT coalesce(max(behind), 0) FROM samples")
        (self._heard,) = self._one("SELECT coalesce(max(id), 0) FROM command")

    def _one(self, query: str) -> Any:
        return self.file.execute(query).fetchone()

    def write(self, records: Sequence[Record]) -> list[Command]:
        """Write all in one transaction; returns the commands that came since the last call.

        Nothing is changed if it raises.
        """
        before = self._rows, self._sampled
        if records:
            try:
                with self.file:
                    self._take(records)
            except BaseException:
                self._rows, self._sampled = before
                raise
        return self._commands()

    def _take(self, records: Sequence[Record]) -> None:
        frames: list[Frame] = []
        samples: list[Sample] = []
        for record in records:
            if isinstance(record, Frame):
                if frames and not blocks.alike(frames[-1], record):
                    self._keep(frames, samples)
                frames.append(record)
            elif isinstance(record, Sample):
                if samples and not blocks.kindred(samples[-1], record):
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
                 samples[-1].step, at, blocks.pack_samples(samples, cold=False)),
            )  # fmt: skip
        if frames:
            frame = blocks.joined(frames)
            self._rows += len(frame.steps)
            self.file.execute(
                "INSERT INTO frames VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
                (self._rows, len(frame.steps), frame.branch, int(frame.steps[0]),
                 int(frame.steps[-1]), *blocks.pack_frame(frame, cold=False)),
            )  # fmt: skip
        frames.clear()
        samples.clear()

    def _other(self, record: Record) -> None:
        if isinstance(record, Saved):
            checkpoints.write(self.file, record, self._rows, self._sampled)
            return
        if isinstance(record, Histograms):
            return
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
