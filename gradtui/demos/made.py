"""Scripts that were not written by hand: of a lab that runs to its end, of what a person did."""

from __future__ import annotations

import json
from pathlib import Path

from gradtui.catalog.specs import Request
from gradtui.demos.script import LONGEST

HOLD = 2.0
"""Seconds that the last picture stays."""


def head(about: str, request: Request, rate: float) -> str:
    """The part of a script that says which run it is played on."""
    entries: dict[str, object] = {
        "about": about, "experiment": request.experiment, "seed": request.seed,
        "set": [*request.sets], "at": [*request.at], "steps": request.steps,
        "epochs": request.epochs, "data": request.data, "sample_every": request.sample_every,
        "rate": rate,
    }  # fmt: skip
    return "".join(f"{name} = {value(entry)}\n" for name, entry in entries.items()
                   if entry not in (None, []))  # fmt: skip


def scene(**entries: object) -> str:
    """One scene; what is None is left out."""
    lines = [f"{name} = {value(entry)}" for name, entry in entries.items() if entry is not None]
    return "\n".join(["", "[[scene]]", *lines, ""])


def value(entry: object) -> str:
    """As TOML has it: its texts, lists and numbers are those of JSON."""
    if isinstance(entry, float):
        return f"{entry:.10g}"
    return json.dumps(entry, ensure_ascii=False).replace("\x7f", "\\u007f")


def film(path: str, rate: float | None) -> str:
    """A script that plays a recorded run to its end."""
    entries = {"about": f"The run {Path(path).stem}.", "replay": path, "rate": rate}
    lines = [f"{name} = {value(entry)}\n" for name, entry in entries.items() if entry is not None]
    return "".join(lines) + scene(until="state is finished", within=LONGEST, wait=HOLD)


def to_its_end(request: Request, rate: float) -> str:
    """A script that lets a run go on until it stops by itself."""
    ended = "state is not starting and state is not training"
    return head(f"The experiment {request.experiment}.", request, rate) + scene(
        until=ended, within=LONGEST, wait=HOLD
    )
