"""The tables of a run file, and how such a file is opened.

Rows of a run count from 0 through all its branches: `behind` of a block is how many rows there
are up to its end. `at` of an event is how many rows of frames were there when it came.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from gradtui.core.errors import UsageError
from gradtui.core.text import printable
from gradtui.runs.lock import alive

FORMAT = 1
APPLICATION = 0x67726164
"""`grad`: what marks a SQLite file as a run."""
MAX_VALUE = 256 << 20
"""Bytes of one value: a file that claims more is refused by SQLite itself."""
CUT_OFF = "its last commit was cut off, which only who may write the file and its folder can mend"
NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
"""A link that somebody left in a folder that others write to must not lead elsewhere."""
BUSY = 2.0
"""Seconds to wait for another process that writes."""

SQL = """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE event (
        id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL);
    CREATE TABLE frames (
        behind INTEGER PRIMARY KEY, count INTEGER NOT NULL, branch INTEGER NOT NULL,
        first INTEGER NOT NULL, last INTEGER NOT NULL, cold INTEGER NOT NULL,
        head BLOB NOT NULL, body BLOB);
    CREATE TABLE samples (
        behind INTEGER PRIMARY KEY, count INTEGER NOT NULL, branch INTEGER NOT NULL,
        first INTEGER NOT NULL, last INTEGER NOT NULL, cold INTEGER NOT NULL,
        at INTEGER NOT NULL, body BLOB NOT NULL);
    CREATE TABLE cells (
        id INTEGER PRIMARY KEY, kind TEXT NOT NULL, level INTEGER NOT NULL,
        behind INTEGER NOT NULL, body BLOB NOT NULL);
    CREATE INDEX cells_of ON cells (kind, level, behind);
    CREATE TABLE histograms (
        id INTEGER PRIMARY KEY, at INTEGER NOT NULL, branch INTEGER NOT NULL,
        step INTEGER NOT NULL, body BLOB NOT NULL);
    CREATE TABLE checkpoint (
        id INTEGER PRIMARY KEY, branch INTEGER NOT NULL, step INTEGER NOT NULL,
        at INTEGER NOT NULL, sampled INTEGER NOT NULL, event INTEGER NOT NULL,
        bytes INTEGER NOT NULL, document TEXT NOT NULL);
    CREATE TABLE array (
        id INTEGER PRIMARY KEY, checkpoint INTEGER NOT NULL, name TEXT NOT NULL,
        body BLOB NOT NULL);
    CREATE INDEX array_of ON array (checkpoint);
    CREATE TABLE command (id INTEGER PRIMARY KEY, body TEXT NOT NULL)
"""
TABLES = tuple(" ".join(table.split()) for table in SQL.split(";"))


def _kinds() -> str:
    """Whether a row holds values of other kinds than its columns: SQLite lets anything in."""
    wrong = []
    for table in TABLES:
        _, _, name, columns = table.split(" ", 3)
        if not table.startswith("CREATE TABLE") or name in ("meta", "command"):
            continue
        rows = []
        for column in columns.strip("()").split(", "):
            what, kind, *rest = column.split()
            if rest != ["PRIMARY", "KEY"]:
                null = "" if "NOT" in rest else ", 'null'"
                rows.append(f"typeof({what}) NOT IN ('{kind.lower()}'{null})")
        wrong.append(f"EXISTS (SELECT 1 FROM {name} WHERE {' OR '.join(rows)})")
    return f"SELECT {' OR '.join(wrong)}"


KINDS = _kinds()


def create(path: Path, meta: Mapping[str, str]) -> None:
    """A new run file that only this user may read; never over another file.

    It comes into being whole: whoever sees it can read it.
    """
    made = path.with_name(f".{path.name}.new")
    flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | NOFOLLOW
    descriptor = os.open(made, flags, 0o600)
    os.close(descriptor)
    with contextlib.closing(_connect(made, "rw")) as opened, opened:
        opened.execute("BEGIN")
        opened.execute(f"PRAGMA application_id = {APPLICATION}")
        opened.execute(f"PRAGMA user_version = {FORMAT}")
        for table in TABLES:
            opened.execute(table)
        opened.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    if path.exists():
        made.unlink()
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    made.rename(path)


def choose_journal(opened: sqlite3.Connection, folder: Path) -> str:
    """WAL where it works in this folder, else a rollback journal. Returns the mode."""
    wanted = "WAL" if wal_works(folder) else "TRUNCATE"
    (mode,) = opened.execute(f"PRAGMA journal_mode = {wanted}").fetchone()
    opened.execute("PRAGMA synchronous = NORMAL")
    return str(mode)


def wal_works(folder: Path) -> bool:
    """Whether two connections can share a WAL here, tried on a file of its own.

    It needs memory that processes share, which network file systems do not give; a file that is
    in this mode where it does not work can be opened by nobody.
    """
    probe = folder / f".probe-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        with contextlib.closing(sqlite3.connect(probe)) as one:
            (mode,) = one.execute("PRAGMA journal_mode = WAL").fetchone()
            with one:
                one.execute("CREATE TABLE probe (a)")
                one.execute("INSERT INTO probe VALUES (1)")
            with contextlib.closing(sqlite3.connect(probe)) as two:
                return bool(two.execute("SELECT a FROM probe").fetchone() and mode == "wal")
    except sqlite3.Error:
        return False
    finally:
        for end in ("", "-wal", "-shm", "-journal"):
            probe.with_name(probe.name + end).unlink(missing_ok=True)


def open_write(path: Path) -> sqlite3.Connection:
    """An existing run file to write to; `UsageError` says what is wrong with it."""
    try:
        opened = _connect(path, "rw")
    except sqlite3.Error as error:
        raise UsageError(refusal(path, error)) from error
    _check(opened, path)
    return opened


def open_read(path: Path, *, mine: bool = False) -> sqlite3.Connection:
    """A run file to read from, left as it is; `UsageError` says what is wrong with it.

    `mine`: this process holds the run's lock, and does not write yet.
    """
    if not path.is_file():
        what = "is no file" if path.exists() else "is not there"
        raise UsageError(f"{printable(str(path))} {what}.")
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError as error:
        raise UsageError(f"{printable(str(path))}: {error.strerror or error}.") from error
    if len(head) < 100 or not head.startswith(b"SQLite format 3\0"):
        raise UsageError(f"{printable(str(path))} is no run of gradtui.")
    try:
        opened = _open_read(path, not mine and alive(path))
    except (sqlite3.Error, OSError, UnicodeError) as error:  # SQLite quotes a broken schema
        raise UsageError(refusal(path, error)) from error
    _check(opened, path)
    return opened


def _open_read(path: Path, written: bool) -> sqlite3.Connection:
    """Without a trace where nobody writes: SQLite would leave files beside one in WAL mode."""
    wal, journal = (_size(path.with_name(path.name + end)) for end in ("-wal", "-journal"))
    quiet = not (wal or journal or written)
    opened = _connect(path, "ro&immutable=1" if quiet else "ro")
    try:
        opened.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        opened.close()
        if not journal or written:
            raise
        # A commit that was cut off is taken back by whoever may write.
        try:
            with contextlib.closing(_connect(path, "rw")) as cure:
                cure.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise
            raise sqlite3.OperationalError(CUT_OFF) from error
        opened = _connect(path, "ro")
    return opened


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    opened = sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}", uri=True, timeout=BUSY, check_same_thread=False
    )
    opened.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE)
    opened.execute("PRAGMA trusted_schema = OFF")
    return opened


def _check(opened: sqlite3.Connection, path: Path) -> None:
    """Closes and refuses whatever does not have exactly our tables: no views, no triggers."""
    try:
        fault = _fault(opened)
    except (sqlite3.Error, TypeError, UnicodeError) as error:
        opened.close()
        raise UsageError(refusal(path, error)) from error
    if fault:
        opened.close()
        raise UsageError(f"{printable(str(path))} {fault}.")


def _fault(opened: sqlite3.Connection) -> str:
    (application,) = opened.execute("PRAGMA application_id").fetchone()
    (version,) = opened.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION:
        return "is no run of gradtui"
    if version != FORMAT:
        return f"has the format {version}, this gradtui reads {FORMAT}; a newer one may read it"
    found = opened.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL LIMIT 99")
    if sorted(sql for (sql,) in found) != sorted(TABLES):
        return "does not have the tables of a run"
    (wrong,) = opened.execute(KINDS).fetchone()
    return "has rows of other kinds than a run has" if wrong else ""


def refusal(path: Path, error: Exception) -> str:
    """One sentence for what SQLite says of a file."""
    reason = printable(str(getattr(error, "strerror", None) or error)).rstrip(".")
    return f"{printable(str(path))} cannot be read as a run: {reason}."
