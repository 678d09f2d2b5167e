"""A run as a table: what is known of each step, in one place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gradtui.core.records import Applied, Eval, Frame, Record, Sample


@dataclass
class Row:
    """One step. Without a frame: the step after the last, or one that a slow reader merged away."""

    step: int
    frame: Frame | None = None
    index: int = 0
    """Which step of the frame it is."""
    sample: Sample | None = None
    evaluation: Eval | None = None
    """The newest on the held-out split before this step."""
    applied: list[Applied] = field(default_factory=list)
    """The interventions before this step."""


def rows(records: Iterable[Record]) -> Iterator[Row]:
    """The steps in order; holds one frame and what came beside it, however long the run is."""
    beside: dict[int, Row] = {}
    waiting: Frame | None = None
    for record in records:
        match record:
            case Sample():
                beside.setdefault(record.step, Row(record.step)).sample = record
            case Eval():
                beside.setdefault(record.step, Row(record.step)).evaluation = record
            case Applied():
                beside.setdefault(record.step, Row(record.step)).applied.append(record)
            case Frame():
                # The sample of a frame's last step may come behind it.
                yield from _steps(waiting, beside)
                waiting = record
    yield from _steps(waiting, beside)
    yield from (beside[step] for step in sorted(beside))


def _steps(frame: Frame | None, beside: dict[int, Row]) -> Iterator[Row]:
    """The steps of a frame, and those up to its last that have no frame."""
    if frame is None:
        return
    index = {step: i for i, step in enumerate(frame.steps.tolist())}
    last = int(frame.steps[-1])
    for step in sorted({*index, *(step for step in beside if step <= last)}):
        row = beside.pop(step, None) or Row(step)
        if step in index:
            row.frame, row.index = frame, index[step]
        yield row


def thinned(table: Iterable[Row], every: int) -> Iterator[Row]:
    """Every `every`-th step, and each at which more is known than a frame holds."""
    for row in table:
        more = row.sample is not None or row.evaluation is not None or row.applied
        if more or row.step % every == 0:
            yield row
