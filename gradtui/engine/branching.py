"""Undo and redo: a run goes back to a state that it had, and on from there on another branch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from gradtui.core.errors import UsageError
from gradtui.core.records import Branch, Notice
from gradtui.engine.checkpoint import Checkpoint, restore, snapshot
from gradtui.engine.training import Training
from gradtui.engine.undo import Past

Way = Callable[[Training], tuple[Checkpoint, Branch]]


def undo(training: Training) -> bool:
    """Back to the state before the last intervention; False, and a notice, if there is none."""
    return _travel(training, _back, "undo")


def redo(training: Training) -> bool:
    """Forward to where the last undo left; False, and a notice, if there is nothing to redo."""
    return _travel(training, _forward, "redo")


def _travel(training: Training, way: Way, name: str) -> bool:
    """The held-out split is evaluated where the run leaves, and where it arrives."""
    outbox = training.outbox
    before = training.measure("before")
    training.show_histograms()
    try:
        state, branch = way(training)
    except UsageError as error:
        outbox.put(Notice(text=str(error), step=training.step, refused=name))
        return False
    for told in before:
        outbox.put(told)
    endless = training.end < 0
    restore(training, state)
    if endless:  # that it goes on without end was no intervention
        training.end = -1
    outbox.branch = branch.branch
    outbox.put(replace(branch, knobs=dict(training.net.knobs)))
    training.look()
    if training.keeper is not None:
        training.keeper.take("back")
    return True


def _back(training: Training) -> tuple[Checkpoint, Branch]:
    present = training.outbox.branch
    past = training.undos.back(snapshot(training), present)
    step = past.before.step
    return past.before, _branch(training, "undo", past, step, parent=present)


def _forward(training: Training) -> tuple[Checkpoint, Branch]:
    undone = training.undos.forward()
    step = undone.left.step
    return undone.left, _branch(training, "redo", undone.past, step, parent=undone.branch)


def _branch(
    training: Training, how: Literal["undo", "redo"], past: Past, step: int, *, parent: int
) -> Branch:
    training.branches += 1
    return Branch(
        branch=training.branches,
        step=step,
        how=how,
        parent=parent,
        since=past.before.step,
        left=training.step,
        knobs={},
        changes=past.changes,
    )
