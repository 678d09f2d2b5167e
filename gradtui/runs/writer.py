"""The thread that writes a run to its file. Whoever puts a record never waits for the disk."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtui.core.commands import Command
from gradtui.core.errors import GradtuiError
from gradtui.core.memory import give_back
from gradtui.core.outbox import Outbox
from gradtui.core.records import Applied, Branch, Finding, Info, Notice, Record
from gradtui.core.text import printable
from gradtui.runs import paths
from gradtui.runs.checkpoints import Saved
from gradtui.runs.lock import RunLock
from gradtui.runs.tables import Tables

QUICK, SLOW = 0.15, 0.5
"""Seconds between two commits: on a disk that answers at once, and on any other."""
SHARE = 20
"""Commits may take this part of the time: the quicker one of two counts, for one that holds a
checkpoint says nothing of the next."""
RETRY = 5.0
"""Seconds until a disk that refused is asked again."""
QUEUE_BYTES = 64 << 20
"""Frames that wait for a slow disk take about so much; then they merge, as for a slow screen."""
AT_ONCE = (Applied, Branch, Finding)
"""What is told once, and is lost with the process unless it is in the file."""
STATE_BYTES = 16 << 20
"""Checkpoints that may wait for a slow disk: each is a copy of the whole net. One always may."""
LARGE = 8 << 20
"""Checkpoints that take more leave memory behind that is worth giving back; one takes 1 to 5 ms."""


def _complete(records: Sequence[Record]) -> int:
    """How many may be written now: a branch and the state that it begins with come together.

    A run that is killed between the two would go on from before the undo.
    """
    for n in range(len(records), 0, -1):
        if isinstance(records[n - 1], Saved):
            break
        if isinstance(records[n - 1], Branch):
            return n - 1
    return len(records)


class RunWriter:
    """Keeps what is put. `path` is made when `start` is called; an existing file is gone on with.

    `document()` says what the file is to tell of the run: spec, versions, and whatever else.
    `checkpoint`: the id of the one that an existing file is gone on with from; its `lock` is held.
    `obey` is called, in the writer's thread, with each command that a viewer left in the file;
    `complain` with the one notice that says why the run is not saved any more.
    """

    def __init__(
        self,
        path: Path,
        info: Info,
        document: Callable[[], Mapping[str, Any]],
        *,
        checkpoint: int | None = None,
        lock: RunLock | None = None,
        obey: Callable[[Command], None] | None = None,
        complain: Callable[[Notice], None] | None = None,
    ) -> None:
        self.path = path
        self.info = info
        self._document = document
        self._obey, self._complain = obey, complain
        self._checkpoint = checkpoint
        layers = max(len(info.layers), 1)
        self._queue = Outbox(int(np.clip(QUEUE_BYTES // (layers * 2048), 64, 4096)))
        self._lock = lock or RunLock(path)
        self._tables: Tables | None = None
        self._made: os.stat_result | None = None
        """The file, when it was opened."""
        self._unwritten: list[Record] = []
        self._waiting = 0
        """Bytes of the checkpoints that wait for the disk."""
        self._counting = threading.Lock()
        self._pause = QUICK
        self._took = 0.0
        """Seconds that the last commit took."""
        self._wake, self._closing = threading.Event(), threading.Event()
        self._told = False
        self._thread = threading.Thread(target=self._run, name="gradtui-writer", daemon=True)

    @property
    def id(self) -> str:
        """The run's id: the name of its file."""
        return self.path.stem

    def put(self, record: Record) -> None:
        """Take a record to the file, soon; what a person did at once. From any thread.

        Costs microseconds.
        """
        self._queue.put(record)
        if isinstance(record, AT_ONCE):
            self.flush()

    def checkpoint(
        self,
        step: int,
        document: Mapping[str, Any],
        arrays: Mapping[str, NDArray[Any]],
        *,
        branch: int = 0,
        must: bool = False,
    ) -> None:
        """Keep a place to go on from before `step`. The arrays must not be changed any more.

        Where the disk is so slow that many wait, the new one does not join them, unless it `must`.
        """
        saved = Saved(step=step, branch=branch, document=document, arrays=arrays)
        with self._counting:
            if not must and self._waiting and self._waiting + saved.nbytes > STATE_BYTES:
                return
            self._waiting += saved.nbytes
        self.put(saved)
        self.flush()

    def claim(self) -> None:
        """Take the run's lock now; `GradtuiError` if it cannot be had.

        For a file that is there already: another process may be training this run.
        """
        paths.prepare(self.path.parent)
        self._lock.acquire()

    def start(self) -> None:
        """Begin. What goes wrong from here on is told by `complain`, and training goes on."""
        self._thread.start()

    def flush(self) -> None:
        """Write what was put so far at the next opportunity, which is now."""
        self._wake.set()

    def close(self, patience: float | None = None) -> None:
        """Write all that was put, and let the file go; waits no longer than `patience`."""
        self._closing.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(patience)
        else:
            self._lock.release()

    def _run(self) -> None:
        try:
            while not self._closing.is_set():
                self._turn()
                self._wake.wait(self._pause)
                self._wake.clear()
            self._turn()
        except Exception as error:  # a bug here costs the file, not the run
            self._give_up(error)
        finally:
            if self._tables is not None:
                with contextlib.suppress(sqlite3.Error):
                    self._tables.close()
            self._lock.release()

    def _turn(self) -> None:
        """Write what has come; what the disk refuses is kept for another try."""
        self._unwritten += self._queue.drain()
        began = time.perf_counter()
        try:
            if self._tables is None:
                self.claim()
                self._tables = Tables(self.path, self.info, self._document(), self._checkpoint)
                self._lock.acquire()  # of a new file: under all its names
                self._made = self.path.stat()
            self._write(self._tables)
            if not self._closing.is_set() and self._gone():  # to SQLite the file is still there
                self._give_up(FileNotFoundError(errno.ENOENT, "its file was removed"))
        except (sqlite3.Error, OSError, GradtuiError) as error:
            self._refused(error)
            return
        before, self._took = self._took, time.perf_counter() - began
        self._pause = float(np.clip(SHARE * min(before, self._took), QUICK, SLOW))

    def _write(self, tables: Tables) -> None:
        """What was told first, then the states, which are long: an intervention is safe sooner.

        What viewers ask for is obeyed as it comes.
        """
        whole = len(self._unwritten) if self._closing.is_set() else _complete(self._unwritten)
        long = (n for n, each in enumerate(self._unwritten) if isinstance(each, Saved | Branch))
        short = min(next(long, whole), whole)
        for part in (self._unwritten[:short], self._unwritten[short:whole]):
            for command in tables.write(part):
                if self._obey is not None:
                    self._obey(command)
            states = sum(saved.nbytes for saved in part if isinstance(saved, Saved))
            with self._counting:
                self._waiting -= states
            self._unwritten = self._unwritten[len(part) :]
            if states > LARGE:
                give_back()

    def _gone(self) -> bool:
        """Whether somebody took the file away, or put another one in its place."""
        try:
            return self._made is not None and not os.path.samestat(self._made, self.path.stat())
        except FileNotFoundError:
            return True
        except OSError:
            return False

    def _refused(self, error: Exception) -> None:
        busy = isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
        if not busy:
            self._tell(error)
        self._pause = SLOW if busy else RETRY
        if len(self._unwritten) > self._queue.capacity:
            self._give_up(error)

    def _tell(self, error: Exception) -> None:
        if not self._told and self._complain is not None:
            self._told = True
            reason = printable(str(getattr(error, "strerror", None) or error)).rstrip(".")
            where = printable(str(self.path.parent))
            self._complain(
                Notice(text=f"the run is not saved: {reason} ({where}); training goes on.")
            )

    def _give_up(self, error: Exception) -> None:
        """Nothing more is kept, nor waits in memory."""
        self._tell(error)
        self._unwritten = []
        self._queue.closed.set()
        self._closing.set()
