"""Run files for the tests: made by hand, or by a real training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from gradtui.core.records import Applied, Frame, Info, Record, Sample
from gradtui.runs import specs
from gradtui.runs.tables import Tables
from tests.engine.nets import small_spec
from tests.tui.fake_source import info

LAYERS = 6


def about(layers: int = LAYERS, **changes: object) -> Info:
    return info(layers, **changes)


def made_up(
    steps: int, *, layers: int = LAYERS, seed: int = 0, marks: Iterable[int] = (), every: int = 10
) -> Iterator[Record]:
    """A run of random numbers: noisy layers over many decades, with zeros, an inf, a nan."""
    r = np.random.default_rng(seed)
    depth = np.linspace(-20, 0, layers)
    edges = sorted({*range(0, steps, 37), *marks, steps})
    for start, stop in pairwise(edges):
        if start in set(marks):
            yield Applied(step=start, knob="activation", old="sigmoid", value="tanh")
        at = np.arange(start, stop)
        yield from (
            _sample(int(step), 10 ** (depth + 0.1 * r.standard_normal(layers)), r)
            for step in at[at % every == 0]
        )
        yield _frame(at, depth, r)


def _frame(at: np.ndarray, depth: np.ndarray, r: np.random.Generator) -> Frame:
    def rows(noise: float) -> np.ndarray:
        found: np.ndarray = 10 ** (depth + noise * r.standard_normal((len(at), len(depth))))
        return found

    spiky = rows(0.3)
    spiky[(at % 501) == 7, 2] = 1e9
    holes = rows(0.1)
    holes[(at % 97) == 3, 1] = 0
    holes[(at % 1013) == 500, 0] = np.inf
    holes[(at % 1013) == 501, 0] = np.nan
    return Frame(
        steps=at, loss=r.standard_normal(len(at)) + 3, accuracy=r.random(len(at)),
        penalty=np.zeros(len(at)), grad_norm=spiky, weight_norm=1 + rows(0.01),
        update_ratio=holes, bias_rms=rows(0.2), no_bias=np.zeros(len(depth), bool),
        seconds=0.001 * len(at), probe_seconds=0.0001 * len(at),
    )  # fmt: skip


def _sample(step: int, signal: np.ndarray, r: np.random.Generator) -> Sample:
    layers = len(signal)
    return Sample(
        step=step, signal=signal, activation_mean=r.standard_normal(layers),
        activation_std=r.random(layers) + 1e-3, dead=np.full(layers, np.nan),
        saturated=r.random(layers), zero=np.zeros(layers, bool),
    )  # fmt: skip


def write(path: Path, records: Iterable[Record], *, at_once: int = 7, layers: int = LAYERS) -> None:
    """Records to a file as the writer's thread does it, `at_once` a commit."""
    tables = Tables(path, about(layers), {"spec": specs.document(small_spec())})
    waiting: list[Record] = []
    for record in records:
        waiting.append(record)
        if len(waiting) >= at_once:
            tables.write(waiting)
            waiting = []
    tables.write(waiting)
    tables.close()


def rows(records: Iterable[Record], name: str) -> np.ndarray:
    """One column of all frames, one below the other."""
    return np.concatenate([getattr(r, name) for r in records if isinstance(r, Frame)])
