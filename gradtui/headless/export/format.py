"""What a file of `formats/` holds: one frozen object named `entry`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from gradtui.core.errors import UsageError, unknown
from gradtui.core.frozen import frozen
from gradtui.headless.export import formats
from gradtui.headless.export.recording import Recording
from gradtui.headless.export.staging import STDOUT, Staging


@frozen
class Format:
    """A kind of file that a run can be written as."""

    name: str
    sentence: str
    """What is in it, and for whom."""
    ending: str
    """Of the file's name; "" for a folder."""
    write: Callable[[Recording, Path, Staging, int], None]
    """(run, where, how files are made, only every so-many-th step) writes it."""
    text: bool = True
    """It may go to the standard output."""


@cache
def names() -> tuple[str, ...]:
    """All formats, by the names of their files."""
    return tuple(sorted(module.name for module in iter_modules(formats.__path__)))


@cache
def load(name: str) -> Format:
    """The format of this name; `UsageError` with the nearest one if there is none."""
    if name not in names():
        raise unknown("format", name, names())
    entry: Format = import_module(f"{formats.__name__}.{name}").entry
    return entry


def choose(name: str | None, out: Path | None) -> Format:
    """The format that is named, else the one of the ending of `out`, or of a folder."""
    if name is not None:
        return load(name)
    if out is None or out == STDOUT:
        raise UsageError(f"name a format: --format {', '.join(names())}.")
    if out.is_dir():
        return load("tensorboard")
    for found in map(load, names()):
        if found.ending and out.suffix.lower() == found.ending:
            return found
    endings = ", ".join(found.ending for found in map(load, names()) if found.ending)
    raise UsageError(
        f"no format ends in {out.suffix or 'nothing'!r}: --out takes {endings} or a folder, "
        f"--format names one of {', '.join(names())}."
    )
