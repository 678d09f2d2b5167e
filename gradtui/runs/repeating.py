"""Interventions that a file tells of behind the state that its run goes on from.

What a person did is in the file within milliseconds, the state behind it is longer: a process may
be killed between the two. The run then makes the same change before the same step again.
"""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import Any

from gradtui.core.records import Applied, Value
from gradtui.core.spec import Spec
from gradtui.runs import documents
from gradtui.runs.checkpoints import Checkpoint
from gradtui.runs.documents import UnreadableError

Change = tuple[int, str, Value]
"""A knob, and its value, before the step with this index."""


def told_behind(file: sqlite3.Connection, newest: Checkpoint | None) -> list[Change]:
    """In the order they were made; of undo and what came after it nothing."""
    event, branch, step = 0, 0, 0
    if newest is not None:
        branch, step = newest.branch, newest.step
        (event,) = file.execute(
            "SELECT event FROM checkpoint WHERE id = ?", (newest.id,)
        ).fetchone()
    rows = file.execute(
        "SELECT kind, body FROM event WHERE id > ? AND kind IN ('eval', 'applied', 'branch')"
        " ORDER BY id", (event,),
    )  # fmt: skip
    found: list[Change] = []
    first = True
    for kind, body in rows:
        if kind == "branch":
            break
        if kind == "applied" and first:
            record = documents.read_record(kind, body)
            assert isinstance(record, Applied)
            if record.branch == branch and record.step >= step:
                found.append((record.step, record.knob, record.value))
        first = kind == "eval"  # behind the knob that was set come those that it brought along
    return found


def scripted(
    spec: Spec, document: dict[str, Any] | None, told: list[Change]
) -> tuple[Spec, dict[str, Any] | None]:
    """The spec, or the document of the state if there is one, with what was told to come again."""
    if not told:
        return spec, document
    if document is None:
        return replace(spec, script=tuple(_together(told, list(spec.script)))), None
    waiting = document.get("script")
    if not isinstance(waiting, list):
        raise UnreadableError("a checkpoint without its script")
    rest = [_change(item) for item in waiting[::-1]]  # the next one is the last there
    return spec, document | {"script": [list(c) for c in _together(told, rest)][::-1]}


def _change(item: Any) -> Change:
    if not (isinstance(item, list) and len(item) == 3 and type(item[0]) is int):
        raise UnreadableError("a checkpoint whose script is none")
    return item[0], str(item[1]), item[2]


def _together(told: list[Change], script: list[Change]) -> list[Change]:
    """Of what was both told and scripted, the script has it; a person comes before it."""
    left = [(step, knob, str(value)) for step, knob, value in script]
    own = []
    for step, knob, value in told:
        if (step, knob, str(value)) in left:
            left.remove((step, knob, str(value)))
        else:
            own.append((step, knob, value))
    return sorted([*own, *script], key=lambda change: change[0])
