"""Words for undo and redo, as the record that comes back tells of them."""

from __future__ import annotations

from gradtui.core.records import Branch
from gradtui.tui import numbers


def went(branch: Branch) -> str:
    """`undone: activation sigmoid → tanh; back at step 300`."""
    word = "undone" if branch.how == "undo" else "redone"
    where = "back at" if branch.how == "undo" else "on from"
    told = ""
    if branch.changes:
        change = branch.changes[0]
        old, new = numbers.knob(change.old), numbers.knob(change.value)
        told = f": {change.knob} {old} → {new}" if old else f": {change.knob} {new}"
    return f"{word}{told}; {where} step {branch.step}"
