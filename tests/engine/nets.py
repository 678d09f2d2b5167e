"""Small runs for the engine's tests, and ways to drive them without a thread."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import TypeVar

import numpy as np
import torch

from gradtui.catalog.specs import Request, build_spec
from gradtui.core.outbox import Outbox
from gradtui.core.records import End, Frame, Record
from gradtui.core.spec import Spec
from gradtui.engine.checkpoint import Checkpoint
from gradtui.engine.data import Dataset, load
from gradtui.engine.run import Run
from gradtui.engine.shelf import Stowed, sizes
from gradtui.engine.trainer import Trainer
from gradtui.sources.thread import ThreadSource

CPU = torch.device("cpu")
R = TypeVar("R", bound=Record)


@cache
def rows(data: str, limit: int | None) -> int:
    return len(load(data, limit).x_train)


def spec_of(experiment: str = "vanishing", *sets: str, **request: object) -> Spec:
    wanted = Request(experiment=experiment, sets=sets, **request)  # type: ignore[arg-type]
    return build_spec(wanted, rows)


def small_data(features: int = 11, classes: int = 5, n: int = 150, seed: int = 0) -> Dataset:
    """Labels that depend on the features, in sizes that divide nothing."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, features)).astype(np.float32)
    y = (x[:, :classes] + 0.5 * rng.standard_normal((n, classes))).argmax(1)
    cut = 2 * n // 3
    return Dataset("small", "small", x[:cut], y[:cut], x[cut:], y[cut:], classes, features)


def small_spec(*sets: str, depth: int = 4, width: int = 7, **changes: object) -> Spec:
    """4×7 tanh, sgd with momentum, batches of 16."""
    base = spec_of("vanishing", "activation=tanh", f"depth={depth}", f"width={width}",
                   "batch_size=16", *sets)  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


def small_run(*sets: str, data: Dataset | None = None, **changes: object) -> Run:
    # small_spec's keywords are depth, width and the fields of a Spec.
    return Run(small_spec(*sets, **changes), data or small_data(), CPU)  # type: ignore[arg-type]


def small_trainer(*sets: str, endless: bool = False, **changes: object) -> Trainer:
    """Opened on the small data; whatever it tells stays in its outbox."""
    spec = small_spec(*sets, **changes)  # type: ignore[arg-type]
    trainer = Trainer(spec, Outbox(100_000, lossless=not endless), endless=endless)
    trainer.open(small_data(), CPU)
    return trainer


def advance(trainer: Trainer, steps: int) -> list[Record]:
    for _ in range(steps):
        trainer.advance()
    trainer.training.recorder.flush()
    return trainer.outbox.drain()


def step(run: Run) -> torch.Tensor:
    """One whole training step; its loss."""
    x, y = run.batches.next()
    loss, _ = run.gradient(x, y)
    if run.clip != "none":
        run.clip_gradient()
    run.update()
    return loss


def state(run: Run) -> list[torch.Tensor]:
    """All numbers of a run that training reads."""
    slots = [t for s in (run.plain, run.norm_part) for t in (s.first, s.second)]
    return [
        t.clone()
        for t in (run.parameters.flat, *slots, *run.running.means, *run.running.variances,
                  torch.tensor([run.plain.steps, run.norm_part.steps, run.batches.position]),
                  run.dropout_stream.get_state())
    ]  # fmt: skip


def same(one: list[torch.Tensor], two: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


def held(*states: Checkpoint) -> int:
    """Bytes in memory that some take together."""
    return sizes(Stowed(state.arrays) for state in states)[0]


def train(spec: Spec, source: ThreadSource | None = None) -> tuple[ThreadSource, list[Record]]:
    """A whole lossless run in its thread, as `gradtui train` makes it."""
    source = source or ThreadSource(spec, lossless=True)
    source.start()
    records: list[Record] = []
    try:
        while not of(End, records):
            records += source.poll()
            time.sleep(0.005)
    finally:
        source.close()
    return source, records


def of(kind: type[R], records: Iterable[Record]) -> list[R]:
    return [record for record in records if isinstance(record, kind)]


def losses(records: Iterable[Record]) -> np.ndarray:
    return np.concatenate([frame.loss for frame in of(Frame, records)])
