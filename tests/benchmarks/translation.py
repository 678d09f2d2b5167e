"""What nets that translate promise, over seeds on which no recipe was tuned."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import torch

from gradtui.core.records import Eval
from gradtui.engine.data import load
from gradtui.engine.run import Run
from tests.benchmarks.experiments import _row
from tests.engine.nets import CPU, of, spec_of, train

SEEDS = range(40, 45)
DEPTHS = (2, 4, 8, 16, 32)
PROMISED = {"seq2seq-rnn": "≥ 0.97", "seq2seq-transformer": "≥ 0.93"}
EXPONENTS = {"pre": "−0.55 to −0.33", "post": "|p| < 0.15"}


def table() -> Iterator[str]:
    """Rows of the README's table."""
    for name, promised in PROMISED.items():
        for task in ("reverse", "dates"):
            found = [exact_match(name, task, seed) for seed in SEEDS]
            yield _row(f"{name}, {task}: exact match after 800 steps", found, promised)
    for position, promised in EXPONENTS.items():
        found = [exponent(position, seed) for seed in SEEDS]
        what = f"Transformer, {position}-norm: exponent of the last layer's gradient in depth"
        yield _row(f"{what}, mean {np.mean(found):.2f}", found, promised)


def exact_match(name: str, task: str, seed: int) -> float:
    """Of the held-out rows, at the end of the experiment."""
    _, records = train(spec_of(name, f"task={task}", seed=seed))
    last = of(Eval, records)[-1].exact_match
    return float("nan") if last is None else last


@cache
def exponent(position: str, seed: int) -> float:
    """p of norm(dL/dW) ~ L^p, of the last feed-forward matrix before any step."""
    norms = []
    for depth in DEPTHS:
        sets = (f"depth={depth}", f"norm_position={position}")
        spec = spec_of("seq2seq-transformer", *sets, seed=seed)
        with torch.no_grad():
            run = Run(spec, load(spec.data), CPU)
            run.gradient(*run.batches.next())
            last = run.parameters.gradient_of(run.parameters.weights)[-2]
        norms.append(float(last.norm()))
    return float(np.polyfit(np.log(DEPTHS), np.log(norms), 1)[0])
