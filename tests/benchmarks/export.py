"""Exports: what a script's losses differ by from its run's, and what writing a long run costs."""

from __future__ import annotations

import contextlib
import io
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gradtui.core.records import Record
from tests.engine.nets import losses
from tests.headless.recordings import Recorded, export, frame, info, real, sample, train_script

EXPERIMENTS = (
    ("vanishing",), ("vanishing", "activation=tanh"), ("exploding", "init=he"), ("dead-relu",),
    ("init", "init=he"), ("mean-field",), ("softmax",), ("keras",), ("overfit",), ("cnn",),
    ("rnn",), ("rnn", "cell=lstm"),
)  # fmt: skip
SEEDS = (17, 4711, 987654321)
STEPS = 100
PROMISED = 1e-5
LAYERS, LONG_RUN = 200, 2000


class Long(Recorded):
    """Every step with four statistics of many layers, a sample every 64th."""

    def records(self) -> Iterator[Record]:
        rng = np.random.default_rng(0)
        for start in range(0, LONG_RUN, 64):
            steps = range(start, min(start + 64, LONG_RUN))
            rows = {
                name: np.exp(rng.standard_normal((len(steps), LAYERS)))
                for name in ("grad_norm", "weight_norm", "update_ratio", "bias_rms")
            }
            yield frame(*steps, layers=LAYERS, **rows)  # type: ignore[arg-type]
            yield sample(start, layers=LAYERS)


def table() -> Iterator[str]:
    """Rows: the scripts first."""
    with tempfile.TemporaryDirectory() as folder:
        for experiment, *sets in EXPERIMENTS:
            worst, bitwise = 0.0, 0
            for seed in SEEDS:
                run = real(experiment, *sets, steps=STEPS, seed=seed)
                path = export(run, Path(folder) / "run.py", force=True)
                with contextlib.redirect_stdout(io.StringIO()):
                    found, _ = train_script(path)
                expected = losses(run.told)
                worst = max(worst, float(np.nanmax(np.abs(found / expected - 1))))
                bitwise += np.array_equal(found, expected, equal_nan=True)
            what = f"script of {' '.join([experiment, *sets])}: losses differ by"
            yield (
                f"| {what} | {STEPS} steps, seeds {', '.join(map(str, SEEDS))} "
                f"| {worst:.1e} ({bitwise} of {len(SEEDS)} bit by bit) | ≤ {PROMISED:.0e} |"
            )
        layers = tuple(f"fc{i + 1}" for i in range(LAYERS))
        for name in ("csv", "jsonl", "npz", "tensorboard"):
            began = time.process_time()
            export(Long(info(*layers)), Path(folder) / f"long-{name}", name)
            took = time.process_time() - began
            size = f"{LONG_RUN} steps × {LAYERS} layers"
            yield f"| export as {name} | {size} | {took:.1f} s CPU | – |"
