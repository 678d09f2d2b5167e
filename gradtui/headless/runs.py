"""The runs of a folder: a table, or JSON; stopping one, removing one."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradtui.core import text
from gradtui.core.commands import Stop
from gradtui.core.errors import GradtuiError, UsageError
from gradtui.core.state import RunState
from gradtui.headless.jsonl import finite
from gradtui.headless.state import verdict, word
from gradtui.headless.table import fitted, room
from gradtui.runs import documents, paths, schema
from gradtui.runs.lock import alive
from gradtui.runs.reader import RunFile

GONE = "interrupted"
"""Of a run whose process is gone, and that did not come to an end."""
PATIENCE = 15.0
"""Seconds that a run has to stop after it was told to."""
ENDED = ("finished", "stopped", "failed")


def row(path: Path) -> dict[str, Any]:
    """One run of the list; `UsageError` if the file is none."""
    with RunFile(paths.real(path)) as file:  # its log and its lock lie beside the file itself
        state = RunState(file.info)
        with file.guarded():
            state.reduce(file.recent())
            now, worst = word(state), verdict(state)
        if now not in ENDED and not file.alive:
            now = GONE
        return {
            "id": path.stem,
            "path": str(path),
            "state": now,
            "experiment": file.info.experiment,
            "step": state.step,
            "loss": finite(state.loss) if state.step is not None else None,
            "verdict": worst,
            "bytes": sum(part.st_size for part in _parts(file.path)),
        }


def show(where: Path, *, as_json: bool) -> None:
    """List the runs of a folder, the newest first; what is none is named on stderr."""
    rows = []
    for path in paths.listed(where):
        try:
            rows.append(row(path))
        except UsageError as error:
            sys.stderr.write(f"gradtui: {error}\n")
    if as_json:
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
    elif rows:
        sys.stdout.write(fitted([HEADING, *map(_cells, rows)], (), room()) + "\n")
    else:
        sys.stdout.write(f"no runs in {text.printable(str(where))}\n")
    sys.stdout.flush()


HEADING = ("run", "state", "step", "loss", "verdict", "size", "age")


def _cells(found: dict[str, Any]) -> list[str]:
    loss = found["loss"]
    return [
        text.printable(found["id"]),
        found["state"],
        "–" if found["step"] is None else text.thousands(found["step"]),
        "–" if loss is None else text.loss(float(loss)),
        found["verdict"] or "–",
        _size(found["bytes"]),
        _age(time.time() - _touched(Path(found["path"]))),
    ]


def _touched(path: Path) -> float:
    return max((part.st_mtime for part in _parts(path)), default=0.0)


def _parts(path: Path) -> Iterator[os.stat_result]:
    """What the system says of a run's files; a journal comes and goes with every commit."""
    for part in paths.parts(path):
        with contextlib.suppress(OSError):
            yield part.stat()


def _size(count: int) -> str:
    kilo = count / 1000
    return f"{kilo:.0f} kB" if kilo < 1000 else f"{kilo / 1000:.1f} MB"


def _age(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def stop(path: Path) -> None:
    """Ask the process that trains a run to end it, and wait until it has."""
    name = text.printable(path.stem)
    if not alive(path):
        raise UsageError(f"nobody trains {name}; `gradtui runs` lists how runs stand.")
    file = schema.open_write(path)
    with contextlib.closing(file), _told(path), file:
        file.execute("INSERT INTO command (body) VALUES (?)", (documents.write_command(Stop()),))
    until = time.monotonic() + PATIENCE
    while alive(path):
        if time.monotonic() > until:
            raise GradtuiError(f"{name} was told to stop, and has not yet.")
        time.sleep(0.05)


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise UsageError(schema.refusal(path, error)) from error


def remove(path: Path) -> None:
    """Delete a run's file; `UsageError` while it is trained."""
    if alive(path):
        name = text.printable(path.stem)
        raise UsageError(f"{name} is being trained; `gradtui runs stop {name}` ends it first.")
    for part in (*paths.parts(path), paths.lock_of(path)):
        try:
            part.unlink(missing_ok=True)
        except OSError as error:
            raise GradtuiError(
                f"{text.printable(str(part))}: {error.strerror or error}."
            ) from error
