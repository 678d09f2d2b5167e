"""Whether somebody has written to a run file since it was last looked at."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

SECOND = 1_000_000_000
SETTLED, COARSE = SECOND // 50, 2 * SECOND
"""Nanoseconds after which a write leaves another time than the one before it: where file systems
go by the system's clock, and where they count whole seconds."""

Sight = tuple[int, int, int]


class Watched:
    """Asks the file system first, which costs two microseconds; SQLite costs thirty, and locks.

    Only of a write-ahead log, which lies on a disk of this machine: the times that a network file
    system tells are seconds old.
    """

    def __init__(self, path: Path, file: sqlite3.Connection) -> None:
        self._log = path.with_name(f"{path.name}-wal")
        self._file = file
        self._version = -1
        self._sight: Sight | None = None
        """Of the log when SQLite was last asked, if nothing can have come in that moment."""

    def changed(self) -> bool:
        """Whether somebody wrote since the last call."""
        asked = time.time_ns()
        sight = self._look()
        if sight is not None and sight == self._sight:
            return False
        (version,) = self._file.execute("PRAGMA data_version").fetchone()
        changed, self._version = version != self._version, version
        # A second write within one tick of the file system's clock leaves the same time.
        self._sight = sight if sight is not None and _settled(sight, asked) else None
        return bool(changed)

    def _look(self) -> Sight | None:
        try:
            found = self._log.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def _settled(sight: Sight, asked: int) -> bool:
    written = sight[0]
    return written + (SETTLED if written % SECOND else COARSE) < asked
