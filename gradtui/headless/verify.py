"""Trains a recorded run again, by its journal, and compares what came out bit by bit."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gradtui.core.outbox import Outbox
from gradtui.core.text import printable
from gradtui.runs.reader import RunFile, blamed

if TYPE_CHECKING:
    from gradtui.headless.retrace import Retrace


def verify(path: Path, *, as_json: bool) -> int:
    """Print whether every step came out the same; the exit status: 0 if so, 1 if not."""
    with RunFile(path) as file, blamed(path):
        retrace = _train_again(file)
    name, steps, differs = printable(path.stem), retrace.steps, retrace.differs
    if as_json:
        content = {"type": "verified", "id": path.stem, "steps": steps, "same": differs is None}
        told = json.dumps(content | {"differs": None if differs is None else differs._asdict()})
    elif differs is None:
        told = f"{name}: {steps} steps, every one the same"
    else:
        told = (
            f"{name}: {steps} steps the same, then step {differs.step} differs: "
            f"{differs.what} was {differs.was}, now {differs.now}"
        )
    sys.stdout.write(told + "\n")
    sys.stdout.flush()
    return 0 if differs is None else 1


def _train_again(file: RunFile) -> Retrace:
    import torch

    from gradtui.engine.data import load
    from gradtui.engine.device import resolve
    from gradtui.engine.training import Training
    from gradtui.headless.retrace import Retrace

    # Its own interventions stand in the journal, with all the others.
    spec = replace(file.trainable(), script=())
    outbox = Outbox(capacity=2**30)
    with np.errstate(all="ignore"), torch.no_grad():
        data = load(spec.data, spec.rows, int(spec.fixed["length"]))
        training = Training(spec, outbox, data, resolve(spec.device), dense=False)
        retrace = Retrace(training, outbox)
        for record in file.records():
            retrace.take(record)
            if retrace.differs is not None:
                break
    return retrace
