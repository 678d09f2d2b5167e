"""Where a run went back: what was known before each intervention, and the branches it left.

An undo cuts all histories where the intervention began, which is where a bucket begins, and
keeps what was cut. A redo cuts again, and puts back. So what a state shows of its own past is
always one branch from the start to now, and the others lie beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradtui.core.frozen import frozen
from gradtui.core.histograms import Snapshot
from gradtui.core.history import History
from gradtui.core.records import Applied, Branch, Eval

if TYPE_CHECKING:
    from gradtui.core.state import RunState

MOMENT = ("step", "loss", "accuracy", "penalty", "sample", "recent", "ghost", "specimen",
          "specimen_before")  # fmt: skip
TABLES = ("now", "findings")
HEAVY = 20
"""So many bookmarks hold histograms: the newest."""
REACH, BYTES = 128, 2**22
"""So many hold samples, or those that take about so much; of older ones only numbers are kept. An
undo that reaches them, a hundred interventions back, shows of the layers what the next sample says.
"""
LEFTS = 64
"""Branches that are kept beside the present one: the newest."""


@frozen
class Bookmark:
    """What was known at one moment, beside the histories."""

    fields: Mapping[str, Any]
    epochs: Any
    evaluated: Eval | None
    """The newest evaluation."""
    histograms: tuple[Any, Any] = (None, None)


@dataclass
class Left:
    """What came from step `since` on, on a branch that was left before its step `left`."""

    branch: int
    since: int
    left: int
    loss: History
    """log10, as `RunState.train_loss`."""
    accuracy: History
    evals: list[Eval]
    at: int
    """How many markers lie before it."""
    markers: list[Applied]
    bookmarks: list[Bookmark]
    leaving: Bookmark
    layers: dict[str, History] | None
    """The histories of the layers; None once no redo can come back to it."""
    snapshots: tuple[list[Snapshot], list[int]] = ([], [])


def bookmark(state: RunState) -> Bookmark:
    """The present moment. What it names is not changed in place by what comes."""
    fields = {name: getattr(state, name) for name in MOMENT}
    fields |= {name: dict(getattr(state, name)) for name in TABLES}
    fields["now"] = {name: np.array(row) for name, row in state.now.items()}
    spreads = state.histograms.newest, state.histograms.ghost
    return Bookmark(fields, state.epochs, state.evals[-1] if state.evals else None, spreads)


def mark(state: RunState) -> None:
    """An intervention is about to be taken in: no undone one can be redone any more."""
    _remember(state, bookmark(state))
    for left in state.left:
        left.layers, left.bookmarks, left.snapshots = None, [], ([], [])
        left.leaving = _light(left.leaving)
    del state.left[:-LEFTS]


def _remember(state: RunState, moment: Bookmark) -> None:
    """One more bookmark; those that are old by now get lighter."""
    marks = state.bookmarks
    marks.append(moment)
    if len(marks) > HEAVY:
        marks[-HEAVY - 1] = replace(marks[-HEAVY - 1], histograms=(None, None))
    full = max(min(BYTES // (2**9 * max(len(state.info.layers), 1)), REACH), HEAVY)
    if len(marks) > full:
        marks[-full - 1] = _light(marks[-full - 1])


def _light(moment: Bookmark) -> Bookmark:
    """Without all that is as large as the net."""
    empty = dict.fromkeys(("sample", "ghost", "specimen", "specimen_before"))
    fields = {**moment.fields, **empty, "recent": [], "now": {}}
    return replace(moment, fields=fields, histograms=(None, None))


def enter(state: RunState, branch: Branch) -> None:
    """Go back, or forward again; what was told of the branch that is left stays beside."""
    target = next((left for left in state.left if left.branch == branch.parent), None)
    if branch.how == "undo":
        _undo(state, branch)
    elif target is not None and target.layers is not None:
        state.left.append(_leave(state, branch, target.at))
        state.left.remove(target)
        _put_back(state, target)
    else:  # it was left in a part of the run that is not known here
        before = sum(marker.step < branch.since for marker in state.markers)
        state.left.append(_leave(state, branch, before))
    state.branch = branch.branch
    state.knobs = dict(branch.knobs)
    state.step = branch.step - 1 if branch.step else None


def _undo(state: RunState, branch: Branch) -> None:
    at = _find(state.markers, branch)
    left = _leave(state, branch, at)
    state.left.append(left)
    if left.bookmarks:
        _stand(state, left.bookmarks[0])
    here = bookmark(state)
    for change in reversed(branch.changes):  # the intervention itself is the newest mark
        taken = replace(change, old=change.value, value=change.old, undone=True)
        state.markers.append(taken)
        _remember(state, here)


def _find(markers: Sequence[Applied], branch: Branch) -> int:
    """Where among the markers those begin that are taken back."""

    def told(applied: Applied) -> tuple[object, ...]:
        return applied.step, applied.knob, applied.old, applied.value, applied.undone

    first = told(branch.changes[0]) if branch.changes else None
    for i in range(len(markers) - 1, -1, -1):
        if told(markers[i]) == first:
            return i
    return sum(marker.step < branch.since for marker in markers)


def histories(state: RunState) -> dict[str, History]:
    """Those of the layers, by name."""
    found = dict(state.quantities)
    if state.through_time is not None:
        found["through_time"] = state.through_time
    return found


def _leave(state: RunState, branch: Branch, at: int) -> Left:
    """Cut everything where the branches part, before the marker with the number `at`."""
    leaving, since = bookmark(state), branch.since
    segments = list(state.histograms.segments)
    evals = _evaluated(state, at, since)
    left = Left(
        branch=state.branch,
        since=since,
        left=branch.left,
        loss=state.train_loss.cut(since),
        accuracy=state.train_accuracy.cut(since),
        evals=state.evals[evals:],
        at=at,
        markers=state.markers[at:],
        bookmarks=state.bookmarks[at:],
        leaving=leaving,
        layers={name: history.cut(since) for name, history in histories(state).items()},
        snapshots=(state.histograms.cut(since), segments),
    )
    del state.markers[at:], state.bookmarks[at:], state.evals[evals:]
    return left


def _evaluated(state: RunState, at: int, since: int) -> int:
    """How many evaluations came before the marker `at`; of a long run they are thinned out."""
    newest = state.bookmarks[at].evaluated if at < len(state.bookmarks) else None
    for i in range(len(state.evals) - 1, -1, -1):
        if state.evals[i] is newest:
            return i + 1
    return sum(e.step < since or (e.step == since and e.when != "after") for e in state.evals)


def _put_back(state: RunState, left: Left) -> None:
    """Histories, markers and the moment of leaving."""
    state.train_loss.rejoin(left.loss)
    state.train_accuracy.rejoin(left.accuracy)
    for name, history in histories(state).items():
        if left.layers is not None and name in left.layers:
            history.rejoin(left.layers[name])
    state.histograms.rejoin(*left.snapshots)
    state.markers += left.markers
    state.bookmarks += left.bookmarks
    state.evals += left.evals
    _stand(state, left.leaving)


def _stand(state: RunState, moment: Bookmark) -> None:
    for name, value in moment.fields.items():
        setattr(state, name, dict(value) if name in TABLES else value)
    state.epochs = moment.epochs
    state.histograms.newest, state.histograms.ghost = moment.histograms
