"""What an exporter is given, and how it finds its way through the branches of a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gradtui.core.records import (
    Applied,
    End,
    Eval,
    Finding,
    Frame,
    Histograms,
    Info,
    Notice,
    Record,
    Sample,
    Specimen,
    State,
)
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


@dataclass(frozen=True)
class Branches:
    """The newest branch of a run, back to its start."""

    newest: int
    count: int
    limits: dict[int, float]
    """Branch -> the step before which its records belong to the newest one's past."""

    def follow(self, records: Iterable[Record]) -> Iterator[Record]:
        """The records of the newest branch and of its past; what was undone is left out."""
        for record in records:
            limit = self.limits.get(record.branch, 0.0)
            if isinstance(record, Info) or step_of(record) < limit:
                yield _cut(record, limit)


def branches(records: Iterable[Record]) -> Branches:
    """How the branches of these records follow on each other.

    Each begins at the step of its first record, and there ends the past of those before it.
    """
    starts: dict[int, float] = {}
    for record in records:
        if not isinstance(record, Info) and record.branch not in starts:
            starts[record.branch] = step_of(record)
    limits, limit = {}, float("inf")
    for branch in sorted(starts, reverse=True):
        limits[branch] = limit
        limit = min(limit, starts[branch])
    return Branches(max(starts, default=0), max(len(starts), 1), limits)


def step_of(record: Record) -> int:
    """The step at which a record was made; of a frame the first."""
    match record:
        case Frame():
            return int(record.steps[0])
        case End():
            return record.steps
        case Sample() | Eval() | Applied() | Finding() | Notice() | State() | Histograms():
            return record.step
        case Specimen():
            return record.step
    return 0


def _cut(record: Record, limit: float) -> Record:
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
