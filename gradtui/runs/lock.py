"""Who trains a run: whoever holds its lock. The system gives it back however a process ends."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from gradtui.core.errors import UsageError
from gradtui.core.text import printable
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
        self._run = file.stem
        self._held: int | None = None

    def acquire(self) -> None:
        """Take it, or `UsageError`: another process trains this run. Held already: nothing."""
        if self._held is not None:
            return
        opened = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        until = time.monotonic() + PATIENCE
        while fcntl is not None:
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > until:
                    os.close(opened)
                    raise UsageError(
                        f"{printable(self._run)} is being trained by another process; "
                        f"`gradtui attach {printable(self._run)}` shows it."
                    ) from error
                time.sleep(0.02)
        self._held = opened

    def release(self) -> None:
        """Give it back; the lock file goes."""
        if self._held is None:
            return
        with contextlib.suppress(OSError):
            self.path.unlink()
        os.close(self._held)
        self._held = None


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
