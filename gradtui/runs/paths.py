"""Where runs lie, and which one is meant."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from gradtui.core.errors import GradtuiError, UsageError, nearest
from gradtui.core.paths import expand
from gradtui.core.text import printable
from gradtui.runs.twins import trained_as

SUFFIX = ".gradtui"
LOCK = ".lock"
VARIABLE = "GRADTUI_RUNS"
"""The environment variable that names the folder of the runs."""
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that people mistake for each other."""


def folder(given: str | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of the runs: `--run-dir`, else `GRADTUI_RUNS`, else the user's data folder.

    It need not exist. `UsageError` where there is no home.
    """
    named = given or environ.get(VARIABLE)
    if named:
        return expand(named).absolute()
    data = environ.get("XDG_DATA_HOME", "")
    if Path(data).is_absolute():  # the XDG specification has relative ones ignored
        return Path(data) / "gradtui" / "runs"
    try:
        home = Path.home()
    except RuntimeError as error:
        raise UsageError(
            f"there is no home folder to keep runs in; --run-dir or {VARIABLE} names one."
        ) from error
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "gradtui" / "runs"
    if sys.platform == "win32":
        local = environ.get("LOCALAPPDATA", "")
        return (Path(local) if local else home / "AppData" / "Local") / "gradtui" / "runs"
    return home / ".local" / "share" / "gradtui" / "runs"


def new_id(experiment: str, now: float | None = None) -> str:
    """`20261125-220501-vanishing-k3f9`: sorts by time, and no two are alike."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
    name = re.sub(r"[^A-Za-z0-9]+", "-", experiment).strip("-")[:40] or "run"
    return f"{stamp}-{name}-" + "".join(LETTERS[byte % len(LETTERS)] for byte in os.urandom(4))


def file_of(run: str, where: Path) -> Path:
    """The file of a run with this id."""
    return where / f"{run}{SUFFIX}"


def lock_of(file: Path) -> Path:
    """The file that the process which trains a run holds locked."""
    return file.with_name(file.name + LOCK)


def parts(file: Path) -> list[Path]:
    """The file, and what SQLite keeps beside it."""
    return [file, *(file.with_name(file.name + end) for end in ("-wal", "-shm", "-journal"))]


def listed(where: Path) -> list[Path]:
    """All run files of a folder, the newest first: ids begin with the time."""
    try:
        found = [path for path in where.iterdir() if path.suffix == SUFFIX]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UsageError(f"{printable(str(where))}: {error.strerror or error}.") from error
    return sorted(found, key=lambda path: path.name, reverse=True)


def find(given: str | None, where: Path) -> Path:
    """The run that a person means: a path, an id, the beginning of one; None is the newest.

    Where links lead to: a run has one lock, and its log lies beside the file itself. `UsageError`
    names the nearest one where there is none such, or several.
    """
    return real(named(given, where))


def real(path: Path) -> Path:
    """Where links lead to; `UsageError` if they go round in circles.

    Of a run with several names the one under which it is trained.
    """
    try:
        found = path.resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError: before Python 3.13
        raise UsageError(f"{printable(str(path))} is a link that leads nowhere.") from error
    return trained_as(found) or found


def named(given: str | None, where: Path) -> Path:
    """The same, and of a link the link."""
    if given is not None and _is_path(given):
        path = expand(given)
        if not path.exists():
            raise UsageError(f"there is no run file {printable(given)!r}.")
        return path.absolute()
    runs = listed(where)
    if not runs:
        raise UsageError(
            f"there is no run in {printable(str(where))}; `gradtui train` or `gradtui lab` makes "
            f"one, and --run-dir or {VARIABLE} names another folder."
        )
    if given is None:
        return runs[0]
    ids = [path.stem for path in runs]
    meant = [path for path in runs if path.stem == given] or [
        path for path in runs if path.stem.startswith(given)
    ]
    if len(meant) == 1:
        return meant[0]
    if meant:
        some = ", ".join(path.stem for path in meant[:5])
        raise UsageError(f"{printable(given)!r} begins {len(meant)} runs: {printable(some)}.")
    near = nearest(given, ids)
    hint = f" Did you mean {printable(near)}?" if near else ""
    raise UsageError(
        f"there is no run {printable(given)!r} in {printable(str(where))}; "
        f"`gradtui runs` lists them.{hint}"
    )


def _is_path(given: str) -> bool:
    return given.endswith(SUFFIX) or os.sep in given or given in (".", "..")


def prepare(where: Path) -> None:
    """Make the folder, for this user alone; `GradtuiError` says why it cannot be."""
    try:
        where.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise GradtuiError(f"{printable(str(where))}: {error.strerror or error}") from error
