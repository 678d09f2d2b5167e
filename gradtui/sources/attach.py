"""A run of another process, through its file: whoever can read it watches, who can write steers."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from gradtui.catalog.knobs import KNOBS
from gradtui.core.commands import Compare, Teach, named
from gradtui.core.crowd import Crowd
from gradtui.core.errors import GradtuiError, UsageError
from gradtui.core.folds import Rewound
from gradtui.core.records import End, Frame, Info, Notice, Record, State
from gradtui.runs import documents, schema
from gradtui.runs.order import Place
from gradtui.runs.reader import RunFile
from gradtui.sources.meeting import Meeting
from gradtui.sources.reading import ReadingSource

EVERY, SELDOM = 0.05, 0.2
"""Seconds to the next look at the file: while news come, and when none came for a while, or where
others wait for the cores: the run goes first, and ten may look at it."""
PATIENCE = 2.0
"""Seconds without news until then."""
LOOK = 0.5
"""Seconds without news until it is looked whether the run is alive, and between two such looks."""


class AttachSource(ReadingSource):
    """Shows a run file from its first step on, and what comes while somebody writes to it.

    A command is left in the file; the process that trains the run finds it there.
    """

    def __init__(self, path: Path) -> None:
        """`UsageError` if the file cannot be read as a run."""
        super().__init__("attach")
        self.path = path
        self._file = RunFile(path)
        self._alive = self._file.alive
        self._info = self._seen(self._file.info)
        self._word: State | None = None
        self._step = 0
        self._writes: sqlite3.Connection | None = None
        self._meeting = Meeting()
        self._heard: Callable[[], object] = lambda: None
        self._hurried = 0.0
        """Until then somebody waits for an answer."""

    @property
    def info(self) -> Info:
        return self._info

    @property
    def alive(self) -> bool:
        """Whether a process trained the run when that was last looked at."""
        return self._alive

    def expect(self, seconds: float, told: Callable[[], object]) -> None:
        """What comes is read in so many seconds, and `told` is called then, by another thread."""
        self._heard = told
        if self._meeting.set(time.monotonic(), seconds):
            self._wake.set()

    def _let_go(self) -> None:
        self._file.close()

    def whole(self) -> list[Record]:
        """The run as it is now, as one screen can show it, without `start`."""
        records = self._file.sketch() or self._file.overview()[0]
        told = [self._passed(record) for record in records]
        return told if self._alive else [*told, *self._last_word()]

    def _run(self) -> None:
        try:
            self._follow()
        except GradtuiError as error:
            self._told.put(State(word="failed", step=self._step, cause=str(error)))
        finally:
            if self._writes is not None:
                self._writes.close()

    def _follow(self) -> None:
        sketch = self._file.sketch()  # of a long run: there is something to see soon
        if sketch is not None:
            self._tell(sketch)
            self._told.put(Rewound())
        records, place = self._file.overview()
        self._tell(records)
        if not self._alive:
            self._tell(self._last_word())
        looked = news = time.monotonic()
        crowd, crowded = Crowd(), False
        while not self._closing.is_set():
            self._ask()
            before, place = place, self._news(place)
            now = time.monotonic()
            if place != before:
                looked = news = now  # who tells something is alive
                crowded = not self._meeting.kept(now) and crowd.presses()
            if now - looked >= LOOK:
                looked, place = now, self._look(place)
            quiet = crowded or now - news > PATIENCE
            if self._rest(SELDOM if quiet else EVERY, told=place != before):
                news, crowded = time.monotonic(), False  # who asks waits for an answer
                self._hurried = news + PATIENCE

    def _rest(self, seconds: float, *, told: bool) -> bool:
        """Wait so long; where news were told, until the next ones are of use.

        True if somebody asked for something: until that is answered, nothing else is waited for.
        """
        now = time.monotonic()
        hurried = now < self._hurried
        if not hurried:
            least = max(seconds, min(self._meeting.every(now), SELDOM))
            seconds = self._meeting.rest(now, least, told=told)
        while seconds:
            self._wake.wait(seconds)
            self._wake.clear()
            if self._closing.is_set() or not self._asked.empty():
                return True
            seconds = 0.0 if hurried else self._meeting.rest(time.monotonic())
        return False

    def _look(self, place: Place) -> Place:
        """Whether the run is alive; somebody may have resumed it."""
        before, self._alive = self._alive, self._file.alive
        if before and not self._alive:
            place = self._news(place)  # its last words may have come meanwhile
            self._tell(self._last_word())
        elif self._alive and not before:
            self._file.close()  # it was opened as a file that does not change any more
            self._file = RunFile(self.path)
            records, place = self._file.overview()
            self._told.put(Rewound())
            self._tell(records)
        return place

    def _news(self, place: Place) -> Place:
        if not self._file.changed():
            return place
        news = self._file.since(place)
        if news is None:  # it goes on from a checkpoint
            records, place = self._file.overview()
            self._tell([Rewound(), *records])
            return place
        records, place = news
        self._tell(records)
        return place

    def _tell(self, records: Iterable[Record]) -> None:
        for record in records:
            self._told.put(self._passed(record))
        self._heard()

    def _passed(self, record: Record) -> Record:
        """What a screen needs to know besides: what it cannot change here."""
        if isinstance(record, Frame):
            self._step = int(record.steps[-1]) + 1
        elif isinstance(record, Info):
            self._info = self._seen(record)
            return self._info
        elif isinstance(record, State):
            self._word = record
        elif isinstance(record, End):
            self._word = State(word="failed" if record.state == "failed" else "finished")
        return record

    def _last_word(self) -> list[Record]:
        """Of a run that has no process any more, and did not come to an end of its own."""
        if self._word is not None and self._word.word in ("finished", "failed"):
            return []
        cause = f"its process is gone; its file ends before step {self._step}"
        return [State(word="failed", step=self._step, cause=cause)]

    def _seen(self, info: Info) -> Info:
        reason = self._reason()
        locked = dict(info.locked) | (dict.fromkeys(KNOBS, reason) if reason else {})
        return replace(info, run=self.path.stem, locked=locked)

    def _reason(self) -> str:
        """Why nothing can be changed; nothing where it can."""
        if not self._alive:
            return "nobody trains this run any more"
        if not os.access(self.path, os.W_OK):
            return "you may read this run's file, not write it"
        return ""

    def _ask(self) -> None:
        """Write down what was asked for."""
        while not self._asked.empty():
            command = self._asked.get_nowait()
            reason = self._reason()
            if isinstance(command, Compare):
                continue  # what the run itself has is shown; its process tells nothing beside
            if not reason and isinstance(command, Teach):
                if command.choice is None:
                    continue
                reason = "the numbers of a lesson stay in the process that trains"
            try:
                if not reason:
                    self._write(documents.write_command(command))
            except (sqlite3.Error, UsageError, KeyError) as error:
                reason = f"the command did not reach the run: {error}"
            if reason:
                self._told.put(Notice(text=f"{reason}.", step=self._step, refused=named(command)))

    def _write(self, body: str) -> None:
        if self._writes is None:
            self._writes = schema.open_write(self.path)
        with self._writes:
            self._writes.execute("INSERT INTO command (body) VALUES (?)", (body,))
