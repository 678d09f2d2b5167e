"""Trains a recorded run again, by its journal, and compares what came out bit by bit."""

from __future__ import annotations

import json
import math
import struct
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gradtui.core.errors import GradtuiError
from gradtui.core.frames import SCALARS, STATISTICS
from gradtui.core.outbox import Outbox
from gradtui.core.records import Applied, Branch, Eval, Floats, Frame, Record
from gradtui.core.text import printable
from gradtui.runs.reader import RunFile, blamed

if TYPE_CHECKING:
    from gradtui.engine.training import Training

Row = tuple[int, tuple[float, ...], dict[str, Floats | None]]
"""A step, its scalars, its layer statistics."""
CLOSE = 0.005
"""Relative error of layer statistics that lie far back in a file; twice what their code has."""


def verify(path: Path, *, as_json: bool) -> int:
    """Print whether every step came out the same; the exit status: 0 if so, 1 if not."""
    with RunFile(path) as file, blamed(path):
        comparison = _train_again(file)
    name, steps, differs = printable(path.stem), comparison.steps, comparison.differs
    if as_json:
        content = {"type": "verified", "id": path.stem, "steps": steps, "same": differs is None}
        told = json.dumps(content | {"differs": differs})
    elif differs is None:
        told = f"{name}: {steps} steps, every one the same"
    else:
        told = (
            f"{name}: {steps} steps the same, then step {differs['step']} differs: "
            f"{differs['what']} was {differs['was']}, now {differs['now']}"
        )
    sys.stdout.write(told + "\n")
    sys.stdout.flush()
    return 0 if differs is None else 1


def _train_again(file: RunFile) -> Comparison:
    import torch

    from gradtui.engine.data import load
    from gradtui.engine.device import resolve
    from gradtui.engine.training import Training

    # Its own interventions stand in the journal, with all the others.
    spec = replace(file.trainable(), script=())
    outbox = Outbox(capacity=2**30)
    with np.errstate(all="ignore"), torch.no_grad():
        data = load(spec.data, spec.rows, int(spec.fixed["length"]))
        training = Training(spec, outbox, data, resolve(spec.device), dense=False)
        comparison = Comparison(training, outbox)
        for record in file.records():
            comparison.take(record)
            if comparison.differs is not None:
                break
    return comparison


class Comparison:
    """A run that is made again, beside its recording."""

    def __init__(self, training: Training, outbox: Outbox) -> None:
        self.steps = 0
        """That came out the same."""
        self.differs: dict[str, Any] | None = None
        """The first step that did not."""
        self._training, self._outbox = training, outbox
        self._made: deque[Row] = deque()
        self._asked = False

    def take(self, record: Record) -> None:
        """Do again what the record tells of, and compare."""
        from gradtui.engine.branching import redo, undo

        match record:
            case Frame():
                self._advance(int(record.steps[-1]))
                self._compare(record)
            case Eval(when=when):
                self._asked = when == "before"
            case Branch(how=how) if self._asked:
                self._asked = False
                (undo if how == "undo" else redo)(self._training)
            case Branch(how=how):
                from gradtui.engine.branching import redo, undo

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
        for record in self._outbox.drain():
            if isinstance(record, Frame):
                self._made += _rows(record)

    def _compare(self, recorded: Frame) -> None:
        for step, values, layers in _rows(recorded):
            while self._made and self._made[0][0] != step:
                self._made.popleft()  # merged away in the recording
            if not self._made:
                raise GradtuiError(f"step {step} was not made again.")
            _, again, measured = self._made.popleft()
            pairs = [*zip(SCALARS, values, again, strict=True), *_apart(layers, measured)]
            for name, was, now in pairs:
                if name not in SCALARS or not _same(was, now):
                    told = {"was": str(was), "now": str(now)}
                    self.differs = {"step": step, "what": name} | told
                    return
            self.steps += 1


def _rows(frame: Frame) -> Iterator[Row]:
    columns = [getattr(frame, name).tolist() for name in SCALARS]
    rows = {name: getattr(frame, name) for name in STATISTICS}
    for i, (step, *values) in enumerate(zip(frame.steps.tolist(), *columns, strict=True)):
        layers = {name: None if row is None else row[i] for name, row in rows.items()}
        yield step, tuple(values), layers


def _apart(
    was: Mapping[str, Floats | None], now: Mapping[str, Floats | None]
) -> Iterator[tuple[str, float, float]]:
    """The layer statistics of a step that are not what they were: name, value then and now."""
    for name, old in was.items():
        new = now[name]
        if old is None or new is None:
            continue
        wrong = ~np.isclose(old, new, rtol=CLOSE, atol=0, equal_nan=True)
        if wrong.any():
            at = int(np.argmax(wrong))
            yield f"{name} of layer {at}", float(old[at]), float(new[at])


def _same(was: float, now: float) -> bool:
    both = math.isnan(was) and math.isnan(now)
    return both or struct.pack("<d", was) == struct.pack("<d", now)
