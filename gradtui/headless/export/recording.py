"""What an exporter is given, and how it finds its way through the branches of a run."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from gradtui.core.frozen import frozen
from gradtui.core.records import Applied, Branch, End, Frame, Info, Record, Sample
from gradtui.core.spec import Spec


class Recording(Protocol):
    """A run that is over, or goes on elsewhere: what it was told, and all that it has said."""

    @property
    def info(self) -> Info:
        """What the run is."""

    def spec(self) -> Spec:
        """How the run was asked for; `UsageError` where this gradtui could not make it."""

    @property
    def path(self) -> Path | None:
        """Its run file, if it has one."""

    @property
    def began(self) -> float:
        """Wall time of its start, in seconds since 1970."""

    def records(self) -> Iterator[Record]:
        """All records in the order they were made; each call begins anew."""


@frozen
class Cut:
    """Where a branch stops being the past of the newest one."""

    step: float = math.inf
    change: Applied | None = None
    """The intervention that was taken back: others before the same step stay."""


@frozen
class Branches:
    """The newest branch of a run, back to its start."""

    newest: int
    count: int
    cuts: Mapping[int, Cut]
    """Branch -> how much of it is told; of all others nothing is."""

    def follow(self, records: Iterable[Record]) -> Iterator[Record]:
        """The records of the newest branch and of its past; what was undone is left out."""
        met: set[int] = set()
        for record in records:
            cut = self.cuts.get(record.branch)
            if isinstance(record, Info):
                yield record
            elif cut is not None and not isinstance(record, Branch):
                if isinstance(record, Applied) and cut.change and _same(record, cut.change):
                    met.add(record.branch)
                if step_of(record) < cut.step or self._stays(record, cut, met):
                    yield _before(record, cut.step)

    @staticmethod
    def _stays(record: Record, cut: Cut, met: Container[int]) -> bool:
        """Whether a record at the very step of the cut came before what was taken back."""
        made = isinstance(record, Frame | Sample)
        known = cut.change is not None and record.branch not in met
        return known and not made and step_of(record) == cut.step


def branches(records: Iterable[Record]) -> Branches:
    """How the branches of these records follow on each other.

    Where nothing says how a branch began, it goes on from the one before, at its first step.
    """
    opened: dict[int, Branch] = {}
    starts: dict[int, int] = {}
    for record in records:
        if isinstance(record, Branch):
            opened[record.branch] = record
        elif not isinstance(record, Info):
            starts.setdefault(record.branch, step_of(record))
    newest = branch = max((*starts, *opened), default=0)
    cuts, cut = {}, Cut()
    while branch not in cuts:
        cuts[branch] = cut
        if branch in opened:
            branch, began = opened[branch].parent, _cut_of(opened[branch])
        elif any(other < branch for other in starts):
            began = Cut(starts.get(branch, 0))
            branch = max(other for other in starts if other < branch)
        else:
            break
        cut = cut if cut.step <= began.step else began
    return Branches(newest, max(len({*starts, *opened}), 1), cuts)


def _cut_of(branch: Branch) -> Cut:
    """A redo takes its parent whole, as it was left."""
    if branch.how == "redo":
        return Cut()
    return Cut(branch.step, branch.changes[0] if branch.changes else None)


def _same(one: Applied, two: Applied) -> bool:
    return (one.step, one.knob, one.old, one.value) == (two.step, two.knob, two.old, two.value)


def step_of(record: Record) -> int:
    """The step at which a record was made; of a frame the first."""
    match record:
        case Frame():
            return int(record.steps[0])
        case End():
            return record.steps
    return int(getattr(record, "step", 0))


def _before(record: Record, limit: float) -> Record:
    """A frame without the steps from `limit` on."""
    if not isinstance(record, Frame) or record.steps[-1] < limit:
        return record
    kept = record.steps < limit
    rows = {
        field.name: getattr(record, field.name)[kept]
        for field in dataclasses.fields(record)
        if field.name in ROWS and getattr(record, field.name) is not None
    }
    return dataclasses.replace(record, **rows)


ROWS = (
    "steps", "loss", "accuracy", "penalty",
    "grad_norm", "weight_norm", "update_ratio", "bias_rms",
)  # fmt: skip
"""The fields of a frame that have a row a step."""


def followed(recording: Recording) -> Iterator[Record]:
    """The records of the newest branch, from the start of the run."""
    return branches(recording.records()).follow(recording.records())


def newest_info(recording: Recording) -> Info:
    """What the run is, as it was last told: the first word of it knows neither data nor device."""
    told = [record for record in recording.records() if isinstance(record, Info)]
    return told[-1] if told else recording.info
