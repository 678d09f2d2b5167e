"""What the experiments promise, over seeds on which no recipe was tuned."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from gradtui.catalog.specs import Request, build_spec
from gradtui.core.records import End, Eval, Frame, Record, Sample
from gradtui.core.scale import slope
from gradtui.engine.data import load
from gradtui.sources.thread import ThreadSource

SEEDS = range(20, 30)
"""The learning rates of the recipes were chosen on seeds 0 to 4."""
TANH, HE = ("300:activation=tanh",), ("300:init=he",)


@dataclass(frozen=True)
class Outcome:
    """The records of a finished run, and what is read off them."""

    records: list[Record]

    @property
    def end(self) -> End:
        return next(r for r in self.records if isinstance(r, End))

    @property
    def signal_slope(self) -> float:
        return slope(next(r.signal for r in self.records if isinstance(r, Sample)))

    @property
    def grad_norm_slope(self) -> float:
        norms = next(r.grad_norm for r in self.records if isinstance(r, Frame))
        return np.nan if norms is None else slope(norms[0])

    @property
    def objective(self) -> float:
        last = [r for r in self.records if isinstance(r, Frame)][-1]
        return float(last.loss[-1] + last.penalty[-1])

    def accuracy_before(self, step: int) -> float:
        found = (r for r in self.records if isinstance(r, Eval) and r.step == step)
        return next(found).accuracy


def run(name: str, seed: int, sets: Sequence[str] = (), at: Sequence[str] = ()) -> Outcome:
    """Train to the end, as `gradtui train` does."""
    request = Request(experiment=name, sets=tuple(sets), at=tuple(at), seed=seed)
    spec = build_spec(request, lambda data, rows: len(load(data, rows).x_train))
    source = ThreadSource(spec, lossless=True)
    source.start()
    records: list[Record] = []
    while not any(isinstance(record, End) for record in records[-8:]):
        records += source.poll()
        time.sleep(0.005)
    source.close()
    return Outcome(records)


def optimum() -> float:
    """Of softmax regression at the experiment's penalty, by scikit-learn."""
    data, strength = load("digits"), 0.0348
    x, y, n = data.x_train.astype(np.float64), data.y_train, len(data.x_train)
    model = LogisticRegression(C=1 / (n * strength), tol=1e-10, max_iter=10_000).fit(x, y)
    z = x @ model.coef_.T + model.intercept_
    total = np.log(np.exp(z - z.max(1, keepdims=True)).sum(1)) + z.max(1)
    loss = np.mean(total - z[np.arange(n), y])
    return float(loss + strength / 2 * np.sum(model.coef_**2))


def _row(what: str, values: Sequence[float], promised: str, form: str = ".3f") -> str:
    low, high = min(values), max(values)
    return f"| {what} | {len(values)} seeds | {low:{form}} to {high:{form}} | {promised} |"


def table() -> list[str]:
    """Rows of the README's table."""
    vanishing = [run("vanishing", seed, at=TANH) for seed in SEEDS]
    exploding = [run("exploding", seed) for seed in SEEDS]
    he = [run("exploding", seed, ["init=he"]) for seed in SEEDS]
    clipped = [run("exploding", seed, ["clip=norm:1"]) for seed in SEEDS]
    l1 = [run("exploding", seed, ["regularizer=l1"]) for seed in SEEDS]
    l2 = [run("exploding", seed, ["regularizer=l2"]) for seed in SEEDS]
    init = [run("init", seed) for seed in SEEDS]
    cured = [run("init", seed, ["init=he"]) for seed in SEEDS]
    late = [run("init", seed, at=HE) for seed in SEEDS]
    softmax = [run("softmax", seed).objective / optimum() - 1 for seed in SEEDS]
    saved = [run.end.state for run in (*l1, *l2)].count("finished")
    n = len(SEEDS)
    finite = [run.end.state for run in clipped].count("finished")
    return [
        _row("vanishing: slope at step 0", [r.signal_slope for r in vanishing], "0.60 to 0.66"),
        _row("vanishing: accuracy at 300", [r.accuracy_before(300) for r in vanishing], "< 0.15"),
        _row("then tanh: accuracy at 600", [r.end.accuracy for r in vanishing], "> 0.9"),
        _row("exploding: slope at step 0", [r.signal_slope for r in exploding], "−0.36 to −0.29"),
        _row("exploding: not finite at forward", [r.end.steps for r in exploding], "2", ".0f"),
        _row("exploding, `init=he`: accuracy", [r.end.accuracy for r in he], "> 0.85"),
        f"| exploding, `clip=norm:1`: never nan | {n} seeds | {finite} of {n} | all |",
        f"| exploding: saved by l1 or l2 alone | {n} seeds each | {saved} of {2 * n} | 0 |",
        _row("init, xavier: signal slope", [r.signal_slope for r in init], "0.13 to 0.18"),
        _row("init, xavier: grad-norm slope", [r.grad_norm_slope for r in init], "−0.03 to 0.03"),
        _row("init, xavier: accuracy", [r.end.accuracy for r in init], "chance"),
        _row("init, he: signal slope", [r.signal_slope for r in cured], "−0.03 to 0.03"),
        _row("init, he: accuracy", [r.end.accuracy for r in cured], "> 0.8"),
        _row("init, he from 300 on: accuracy at 600", [r.end.accuracy for r in late], "> 0.8"),
        _row("softmax: above the optimum", softmax, "≤ 1e-4", ".1e"),
    ]
