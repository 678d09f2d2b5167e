"""Who trains a run: whoever holds its lock. The system gives it back however a process ends."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from gradtui.core.errors import UsageError
from gradtui.core.text import printable
from gradtui.runs import twins
from gradtui.runs.paths import lock_of

try:
    import fcntl
except ImportError:  # Windows: nobody can tell whether a run is alive
    fcntl = None  # type: ignore[assignment]

PATIENCE = 0.3
"""Seconds that taking a lock waits for those who only look whether it is held."""


class RunLock:
    """An advisory lock beside the run file (flock); a second holder is refused.

    Not on the run file itself: closing any descriptor of it would take SQLite's own locks away.
    """

    def __init__(self, file: Path) -> None:
        self.path = lock_of(file)
        self._file = file
        self._held: int | None = None
        self._twin: twins.Held | None = None

    def acquire(self) -> None:
        """Take it, or `UsageError`: another process trains this run, maybe by another name.

        Held already: nothing, but for a file that was not there yet.
        """
        until = time.monotonic() + PATIENCE
        while self._held is None or self._twin is None:
            try:
                self._take()
            except BlockingIOError as error:
                if time.monotonic() > until:
                    self.release()
                    raise self._refusal() from error
                time.sleep(0.02)
            else:
                return

    def _take(self) -> None:
        if self._held is None:
            self._held = _locked(self.path)
        if self._twin is None:
            self._twin = twins.hold(self._file)

    def _refusal(self) -> UsageError:
        known = twins.trained_as(self._file)
        name = printable(self._file.stem if known is None else str(known))
        return UsageError(
            f"{printable(self._file.stem)} is being trained by another process; "
            f"`gradtui attach {name}` shows it."
        )

    def release(self) -> None:
        """Give it back; the lock file goes."""
        twins.let_go(self._twin)
        self._twin = None
        if self._held is None:
            return
        if twins.named(self.path, self._held):
            with contextlib.suppress(OSError):
                self.path.unlink()
        os.close(self._held)
        self._held = None


def _locked(path: Path) -> int:
    """A lock file, open and locked; `BlockingIOError` if somebody else has it."""
    while True:
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if fcntl is not None:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # somebody else has it, or the file system knows no locks
            os.close(opened)
            raise
        # Who gave it back in this moment took the name away: a third one would make it anew.
        if twins.named(path, opened):
            return opened
        os.close(opened)


def alive(file: Path) -> bool:
    """Whether a process trains this run now."""
    if fcntl is None:
        return False
    try:
        # Not waiting: what lies there may be a pipe that nobody writes to.
        opened = os.open(lock_of(file), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(opened)
    return False
