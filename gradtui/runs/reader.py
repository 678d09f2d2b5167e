"""A run file, read: what the run is, its records in order, its checkpoints."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from gradtui.core.errors import UsageError
from gradtui.core.records import Frame, Info, Record, Sample
from gradtui.core.spec import Spec
from gradtui.core.text import printable
from gradtui.runs import blocks, checkpoints, documents, schema, specs
from gradtui.runs.blobs import BrokenError
from gradtui.runs.checkpoints import Checkpoint
from gradtui.runs.documents import UnreadableError
from gradtui.runs.lock import alive

FAULTS = (sqlite3.Error, BrokenError, UnreadableError, TypeError, OverflowError, MemoryError)


class RunFile:
    """A run file, open for reading alone; use it in a `with`, or close it.

    Whatever is wrong with the file is a `UsageError` of one sentence, also later, while reading.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = schema.open_read(path)
        try:
            with self.guarded():
                self.info: Info = self._info()
        except UsageError:
            self.file.close()
            raise

    @property
    def id(self) -> str:
        return self.path.stem

    @property
    def alive(self) -> bool:
        """Whether a process trains this run now."""
        return alive(self.path)

    def __enter__(self) -> RunFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.file.close()

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """What is wrong with the file becomes a `UsageError`."""
        try:
            yield
        except FAULTS as error:
            raise UsageError(schema.refusal(self.path, error)) from error

    def meta(self, key: str) -> Any:
        """What the writer was told to keep under `key`; None if it was not."""
        row = self.file.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else documents.read(row[0])

    def spec(self) -> Spec:
        """What was trained; `UsageError` if this gradtui cannot train it."""
        with self.guarded():
            try:
                return specs.spec(self.meta("spec"))
            except UsageError as error:
                raise UsageError(f"{printable(str(self.path))}: {error}") from error

    def _info(self) -> Info:
        """The newest one: it knows more than the one before torch was there."""
        row = (
            self.file.execute(
                "SELECT body FROM event WHERE kind = 'info' ORDER BY id DESC LIMIT 1"
            ).fetchone()
            or self.file.execute("SELECT value FROM meta WHERE key = 'info'").fetchone()
        )
        if row is None:
            raise UnreadableError("it does not say what run it is")
        found = documents.read_record("info", row[0])
        assert isinstance(found, Info)
        if not found.layers:
            raise UnreadableError("it names no layer")
        return Info(**{**vars(found), "run": self.id})

    def checkpoints(self) -> list[Checkpoint]:
        """All that are in the file, the oldest first."""
        with self.guarded():
            return checkpoints.read(self.file)

    def arrays(self, checkpoint: Checkpoint) -> dict[str, NDArray[Any]]:
        """The arrays of a checkpoint, by name."""
        with self.guarded():
            return checkpoints.arrays(self.file, checkpoint.id)

    def records(self) -> Iterator[Record]:
        """All records in the order they were made; a frame may hold more steps than it did.

        A sample comes before the frame that holds its step. Layer statistics that lie further
        back than the recent window are right within 0.25 %; all else is as it was.
        """
        with self.guarded():
            yield from self._merged()

    def _merged(self) -> Iterator[Record]:
        samples = self._samples()
        waiting = next(samples, None)
        rows = 0
        frames = self._frames()
        frame = next(frames, None)
        for at, event in self._events():
            while frame is not None and rows < at:
                take = min(at - rows, len(frame.steps))
                part = blocks.cut(frame, 0, take)
                while waiting is not None and _before(waiting, part, rows + take):
                    yield waiting[1]
                    waiting = next(samples, None)
                yield part
                rows += take
                left = len(frame.steps) - take
                frame = blocks.cut(frame, take, take + left) if left else next(frames, None)
            yield event
        while frame is not None:
            rows += len(frame.steps)
            while waiting is not None and _before(waiting, frame, rows):
                yield waiting[1]
                waiting = next(samples, None)
            yield frame
            frame = next(frames, None)
        while waiting is not None:
            yield waiting[1]
            waiting = next(samples, None)

    def _events(self) -> Iterator[tuple[int, Record]]:
        rows = self.file.execute("SELECT at, kind, body FROM event ORDER BY id")
        for at, kind, body in rows:
            if kind in documents.KINDS:
                yield at, documents.read_record(kind, body)

    def _frames(self) -> Iterator[Frame]:
        rows = self.file.execute("SELECT head, body, branch, count FROM frames ORDER BY behind")
        for head, body, branch, count in rows:
            yield blocks.unpack_frame(head, body, branch, count, len(self.info.layers))

    def _samples(self) -> Iterator[tuple[int, Sample]]:
        """Each with the rows of frames that there were when its block came."""
        rows = self.file.execute("SELECT at, body, branch, count FROM samples ORDER BY behind")
        for at, body, branch, count in rows:
            for sample in blocks.unpack_samples(body, branch, count, len(self.info.layers)):
                yield at, sample


def _before(waiting: tuple[int, Sample], frame: Frame, rows: int) -> bool:
    """Whether a sample belongs before this frame, behind which there are `rows` rows."""
    at, sample = waiting
    if sample.branch != frame.branch:
        return at < rows
    return at < rows and sample.step <= int(frame.steps[-1])
