"""A run file has an inode and may have several names (hard links): it is trained under one only.

Two names mean two write-ahead logs of one file, and the file is lost. So whoever trains a run also
locks a file that is called after the inode, in a folder of the user's on this machine; in it stands
the name under which the run is trained.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LONGEST = 8192
FLAGS = os.O_RDWR | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)


def mark_of(file: Path) -> Path | None:
    """The file that is locked for all names of a run; None where there is no place for one."""
    try:
        found = file.stat()
        where = Path(tempfile.gettempdir()) / f"gradtui-{os.getuid()}"
        where.mkdir(mode=0o700, exist_ok=True)
        owner = where.lstat()
    except (OSError, AttributeError):
        return None
    # Somebody else may have made it: then what stands there says nothing.
    mine = stat.S_ISDIR(owner.st_mode) and owner.st_uid == os.getuid()
    if not mine or owner.st_mode & 0o077:
        return None
    return where / f"{found.st_dev:x}-{found.st_ino:x}.lock"


Held = tuple[int, Path]
"""An open lock, and its name."""


def hold(file: Path) -> Held | None:
    """Lock a run under all its names; what is to be given to `let_go`.

    None where that cannot be. `BlockingIOError` if somebody trains it under whatever name.
    """
    mark = mark_of(file)
    if mark is None or fcntl is None:
        return None
    while True:
        try:
            opened = os.open(mark, FLAGS | os.O_CREAT, 0o600)
        except OSError:
            return None
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if named(mark, opened):
                os.ftruncate(opened, 0)
                os.write(opened, os.fsencode(file))
                return opened, mark
        except BlockingIOError:
            os.close(opened)
            raise
        except OSError:
            os.close(opened)
            return None
        os.close(opened)


def let_go(held: Held | None) -> None:
    """The other end of `hold`."""
    if held is None:
        return
    opened, mark = held
    if named(mark, opened):
        with contextlib.suppress(OSError):
            mark.unlink()
    os.close(opened)


def named(path: Path, opened: int) -> bool:
    """Whether an open file still has this name: who gives a lock back takes its name away."""
    with contextlib.suppress(OSError):
        return os.path.samestat(path.stat(), os.fstat(opened))
    return False


def trained_as(file: Path) -> Path | None:
    """The other name under which somebody trains this run now; None if nobody does."""
    try:
        if file.stat().st_nlink < 2 or fcntl is None:
            return None
        mark = mark_of(file)
        if mark is None:
            return None
        opened = os.open(mark, FLAGS)
    except OSError:
        return None
    try:
        fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        with contextlib.suppress(OSError):
            other = Path(os.fsdecode(os.pread(opened, LONGEST, 0)))
            return other if other.samefile(file) else None
    except OSError:
        return None
    finally:
        os.close(opened)
    return None
