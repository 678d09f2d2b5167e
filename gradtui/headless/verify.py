"""Trains a recorded run again, by its journal, and compares what came out bit by bit."""

from __future__ import annotations

import json
import struct
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradtui.core.errors import GradtuiError
from gradtui.core.outbox import Outbox
from gradtui.core.records import Applied, Eval, Frame, Record
from gradtui.core.text import printable
from gradtui.runs.reader import RunFile

if TYPE_CHECKING:
    from gradtui.engine.training import Training

SCALARS = ("loss", "accuracy", "penalty")


@dataclass
class Verdict:
    """What came of the comparison so far."""

    steps: int = 0
    differs: dict[str, Any] | None = None
    """The first step that came out otherwise."""
    left: deque[tuple[int, ...]] = field(default_factory=deque)
    """Rows that were made again and are not compared yet."""


def verify(path: Path, *, as_json: bool) -> int:
    """Print whether every step came out the same; the exit status: 0 if so, 1 if not."""
    with RunFile(path) as file:
        found = _train_again(file)
    differs = found.differs
    if as_json:
        content = {"type": "verified", "id": path.stem, "steps": found.steps, "differs": differs}
        sys.stdout.write(json.dumps(content | {"same": differs is None}) + "\n")
    elif differs is None:
        sys.stdout.write(f"{printable(path.stem)}: {found.steps} steps, every one the same\n")
    else:
        sys.stdout.write(
            f"{printable(path.stem)}: {found.steps} steps the same, then step {differs['step']} "
            f"differs: {differs['what']} was {differs['was']}, now {differs['now']}\n"
        )
    sys.stdout.flush()
    return 0 if differs is None else 1


def _train_again(file: RunFile) -> Verdict:
    import numpy as np
    import torch

    from gradtui.engine.data import load
    from gradtui.engine.device import resolve
    from gradtui.engine.training import Training

    # Its own interventions stand in the journal, with all the others.
    spec = replace(file.spec(), script=())
    found = Verdict()
    outbox = Outbox(capacity=2**30)
    with np.errstate(all="ignore"), torch.no_grad():
        data = load(spec.data, spec.rows, int(spec.fixed["length"]))
        training = Training(spec, outbox, data, resolve(spec.device), dense=False)
        for record in file.records():
            _repeat(training, record, _primary(record, found))
            if isinstance(record, Frame):
                training.recorder.flush()
                found.left += _rows(outbox.drain())
                if not _same(record, found):
                    break
    return found


_before: dict[int, bool] = {}


def _primary(record: Record, found: Verdict) -> bool:
    return True


def _repeat(training: Training, record: Record, primary: bool) -> None:
    """Do what the record tells of."""
    if isinstance(record, Frame):
        last = int(record.steps[-1])
        while training.step <= last:
            training.advance()
    elif isinstance(record, Applied) and primary:
        training.apply(record.knob, record.value)


def _rows(records: list[Record]) -> Iterator[tuple[int, ...]]:
    for record in records:
        if isinstance(record, Frame):
            columns = [getattr(record, name).tolist() for name in SCALARS]
            yield from zip(record.steps.tolist(), *columns, strict=True)


def _same(recorded: Frame, found: Verdict) -> bool:
    """Compare the rows of a frame with those that were made again."""
    for row in _rows([recorded]):
        while found.left and found.left[0][0] != row[0]:
            found.left.popleft()  # merged away in the recording
        if not found.left:
            raise GradtuiError(f"step {row[0]} was not made again.")
        again = found.left.popleft()
        for name, was, now in zip(SCALARS, row[1:], again[1:], strict=True):
            if struct.pack("<d", was) != struct.pack("<d", now) and not (was != was and now != now):
                found.differs = {"step": row[0], "what": name, "was": str(was), "now": str(now)}
                return False
        found.steps += 1
    return True


__all__ = ["Eval", "verify"]
