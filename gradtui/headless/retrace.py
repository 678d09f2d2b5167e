"""A run that is made again by its journal, beside its recording."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradtui.core.errors import GradtuiError
from gradtui.core.frames import SCALARS, STATISTICS
from gradtui.core.outbox import Outbox
from gradtui.core.records import Applied, Branch, Eval, Floats, Frame, Record, Sample

if TYPE_CHECKING:
    from gradtui.engine.training import Training

Row = tuple[int, tuple[float, ...], dict[str, Floats | None]]
"""A step, its scalars, its layer statistics."""
Key = tuple[int, int, str]
"""Branch, step, and which of the things that are told of a step."""
CLOSE = 0.005
"""Relative error of layer statistics that lie far back in a file; twice what their code has."""
SAMPLED = ("signal", "activation_mean", "activation_std", "dead", "saturated")


class Difference(NamedTuple):
    """The first thing that did not come out the same."""

    step: int
    what: str
    was: str
    now: str


class Retrace:
    """Takes the records of a run in their order, and makes each step again."""

    def __init__(self, training: Training, outbox: Outbox) -> None:
        self.steps = 0
        """That came out the same."""
        self.differs: Difference | None = None
        self._training, self._outbox = training, outbox
        self._made: deque[Row] = deque()
        self._recorded: dict[Key, Sample | Eval] = {}
        """Samples and evaluations that are still to be made again; `_again` those to be met."""
        self._again: dict[Key, Sample | Eval] = {}
        self._asked = False

    def take(self, record: Record) -> None:
        """Do again what the record tells of, and compare."""
        from gradtui.engine.branching import redo, undo

        match record:
            case Frame():
                self._advance(int(record.steps[-1]))
                self._compare(record)
                self._forget(record.branch, int(record.steps[0]))
            case Sample():
                self._meet(record, self._again, self._recorded)
            case Eval(when=when):
                self._asked = when == "before"
                self._listen()
                self._meet(record, self._again, self._recorded)
            case Branch(how=how):
                self._asked = False
                (undo if how == "undo" else redo)(self._training)
            case Applied(knob=knob, value=value) if self._asked:
                # What follows it up to the next evaluation, it brings along itself.
                self._asked = False
                self._training.apply(knob, value)

    def _advance(self, last: int) -> None:
        while self._training.step <= last:
            self._training.advance()
        self._training.recorder.flush()
        self._listen()

    def _listen(self) -> None:
        """Take in what was made again."""
        for record in self._outbox.drain():
            if isinstance(record, Frame):
                self._made += _rows(record)
            elif isinstance(record, (Sample, Eval)):
                self._meet(record, self._recorded, self._again)

    def _compare(self, recorded: Frame) -> None:
        for step, values, layers in _rows(recorded):
            while self._made and self._made[0][0] != step:
                self._made.popleft()  # merged away in the recording
            if not self._made:
                raise GradtuiError(f"step {step} was not made again.")
            _, again, measured = self._made.popleft()
            for name, was, now in zip(SCALARS, values, again, strict=True):
                if not _same(was, now):
                    self._tell(step, name, was, now)
            self._compare_layers(step, layers, measured)
            if self.differs is not None and self.differs.step <= step:
                return
            self.steps += 1

    def _meet(
        self, record: Sample | Eval, others: dict[Key, Sample | Eval],
        waiting: dict[Key, Sample | Eval],
    ) -> None:  # fmt: skip
        """Compare it with its like among the others, or let it wait for that.

        Not all have one: a lab samples more steps than a run without a screen, and a file does
        not keep all samples for ever.
        """
        what = record.when if isinstance(record, Eval) else "sample"
        key = record.branch, record.step, what
        other = others.pop(key, None)
        if other is None:
            waiting[key] = record
            return
        was, now = (record, other) if others is self._again else (other, record)
        if isinstance(was, Sample):
            sides = ({name: getattr(side, name) for name in SAMPLED} for side in (was, now))
            self._compare_layers(was.step, *sides)
        elif isinstance(now, Eval):
            for name in ("loss", "accuracy"):
                if not _same(getattr(was, name), getattr(now, name)):
                    self._tell(was.step, f"test {name}", getattr(was, name), getattr(now, name))

    def _forget(self, branch: int, step: int) -> None:
        """What lies before `step`, or on another branch, meets nobody any more."""
        for side in (self._recorded, self._again):
            for key in [key for key in side if key[0] != branch or key[1] < step]:
                del side[key]

    def _compare_layers(
        self, step: int, was: Mapping[str, Floats | None], now: Mapping[str, Floats | None]
    ) -> None:
        for name, old in was.items():
            new = now[name]
            if old is None or new is None:
                continue
            wrong = ~np.isclose(old, new, rtol=CLOSE, atol=0, equal_nan=True)
            if wrong.any():
                at = int(np.argmax(wrong))
                self._tell(step, f"{name} of layer {at}", float(old[at]), float(new[at]))

    def _tell(self, step: int, what: str, was: float, now: float) -> None:
        if self.differs is None or step < self.differs.step:
            self.differs = Difference(step, what, str(was), str(now))


def _rows(frame: Frame) -> Iterator[Row]:
    columns = [getattr(frame, name).tolist() for name in SCALARS]
    rows = {name: getattr(frame, name) for name in STATISTICS}
    for i, (step, *values) in enumerate(zip(frame.steps.tolist(), *columns, strict=True)):
        layers = {name: None if row is None else row[i] for name, row in rows.items()}
        yield step, tuple(values), layers


def _same(was: float, now: float) -> bool:
    """To the last bit; a nan is a nan."""
    return (was != was and now != now) or struct.pack("<d", was) == struct.pack("<d", now)
