"""What keeping a run costs the run: its file, its writer's thread, its checkpoints."""

from __future__ import annotations

import gc
import threading
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from gradtui.catalog.specs import Request
from gradtui.core.outbox import Outbox
from gradtui.engine.checkpoint import snapshot
from gradtui.engine.data import load
from gradtui.engine.trainer import Trainer
from gradtui.runs.writer import RunWriter
from tests.benchmarks.interleaved import interleave
from tests.benchmarks.probe import spec_of
from tests.engine.nets import held
from tests.tui.fake_source import info

LAYERS = 200
REQUEST = Request(experiment="init", sets=(f"depth={LAYERS - 1}", "width=64", "init=he"))


@dataclass(frozen=True)
class Kept:
    """What keeping every step of a run costs."""

    ratio: float
    """Seconds a step with a run file, of those without: the median of the turns."""
    share: float
    """CPU time of the writer's thread while the run is kept, of the time that passes."""
    step: float
    """Seconds a step without a run file."""


def cost(folder: Path, rounds: int = 31, calls: int = 60) -> Kept:
    """One lab of 200 layers in turns, kept and not kept.

    Two equal labs in one process differ by up to 4 % for as long as they live, by where their
    memory lies: more than what is measured here.
    """
    torch.set_num_threads(1)
    spec, outbox = spec_of(REQUEST, probe=True), Outbox()
    writer = RunWriter(folder / "cost.gradtui", info(LAYERS, steps=spec.steps), dict)
    writer.start()
    work = time.pthread_getcpuclockid(_ident("gradtui-writer"))
    trainer = Trainer(spec, outbox)
    passed = {"on": 0.0, "off": 0.0}
    worked = dict(passed)

    def turn(name: str) -> None:
        outbox.tap = writer.put if name == "on" else None
        began, before = time.perf_counter(), time.clock_gettime(work)
        for _ in range(calls):
            trainer.advance()
        passed[name] += time.perf_counter() - began
        worked[name] += time.clock_gettime(work) - before
        outbox.drain()

    with torch.no_grad(), np.errstate(all="ignore"):
        trainer.open(load(spec.data), torch.device("cpu"))
        gc.collect()
        gc.freeze()
        ways = {name: partial(turn, name) for name in passed}
        times = interleave(ways, calls=1, rounds=rounds)
    writer.close()
    return Kept(times.ratio("on", "off"), worked["on"] / passed["on"], times.median("off") / calls)


def _ident(name: str) -> int:
    """The identifier of this process's thread of that name."""
    (found,) = (each.ident for each in threading.enumerate() if each.name == name)
    assert found is not None
    return found


def checkpoint(times: int = 30) -> tuple[float, int]:
    """(seconds that the training thread works for a checkpoint at 200 layers, its bytes)."""
    trainer = Trainer(spec_of(REQUEST, probe=True), Outbox())
    spent = []
    with torch.no_grad(), np.errstate(all="ignore"):
        trainer.open(load(trainer.spec.data), torch.device("cpu"))
        for _ in range(times):
            trainer.advance()  # what no step has changed is not copied again
            began = time.thread_time()
            state = snapshot(trainer.training)
            spent.append(time.thread_time() - began)
    return float(np.median(spent)), held(state)
