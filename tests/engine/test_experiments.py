"""The figures that the experiments promise, on seeds that nobody chose them by."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from gradtui.core.records import End, Eval, Frame, Record, Sample
from gradtui.core.scale import slope
from gradtui.engine.data import load
from tests.engine.nets import losses, of, spec_of, train

SEEDS = (5, 6)
each_seed = pytest.mark.parametrize("seed", SEEDS)


@cache
def run(experiment: str, seed: int, *sets: str, at: tuple[str, ...] = ()) -> list[Record]:
    return train(spec_of(experiment, *sets, at=at, seed=seed))[1]


def accuracy(records: list[Record], step: int, when: str) -> float:
    return next(e.accuracy for e in of(Eval, records) if (e.step, e.when) == (step, when))


def end(records: list[Record]) -> End:
    return of(End, records)[-1]


@each_seed
def test_vanishing_and_its_cure(seed: int) -> None:
    records = run("vanishing", seed, at=("300:activation=tanh",))
    assert 0.60 < slope(of(Sample, records)[0].signal) < 0.66  # theory 0.628
    assert accuracy(records, 300, "before") < 0.15
    assert accuracy(records, 600, "end") > 0.9


@each_seed
def test_exploding_and_what_saves_it(seed: int) -> None:
    records = run("exploding", seed)
    assert -0.36 < slope(of(Sample, records)[0].signal) < -0.29  # theory -0.327
    assert end(records).state == "failed"
    assert end(records).steps <= 3  # seed by seed at the second or third forward
    cured = run("exploding", seed, "init=he")
    assert accuracy(cured, 300, "end") > 0.85
    clipped = run("exploding", seed, "clip=norm:1")
    assert end(clipped).state == "finished"
    assert np.isfinite(losses(clipped)).all()
    for regularizer in ("l1", "l2"):
        assert end(run("exploding", seed, f"regularizer={regularizer}")).state == "failed"


@each_seed
def test_init_decides_for_a_deep_relu_net(seed: int) -> None:
    xavier, he = run("init", seed), run("init", seed, "init=he")
    assert 0.13 < slope(of(Sample, xavier)[0].signal) < 0.18
    gradients = of(Frame, xavier)[0].grad_norm
    assert gradients is not None
    assert abs(slope(gradients[0])) < 0.03
    assert abs(slope(of(Sample, he)[0].signal)) < 0.03
    assert end(xavier).accuracy < 0.3
    assert end(he).accuracy > 0.8


def test_softmax_reaches_the_optimum_of_logistic_regression() -> None:
    spec = spec_of("softmax", seed=5)
    strength = float(spec.knobs["strength"])
    data = load("digits")
    x, y, n = data.x_train.astype(np.float64), data.y_train, len(data.y_train)
    model = LogisticRegression(C=1 / (n * strength), tol=1e-10, max_iter=5000).fit(x, y)
    logits = x @ model.coef_.T + model.intercept_
    logits -= logits.max(axis=1, keepdims=True)
    loss = np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(n), y])
    optimum = loss + strength / 2 * np.sum(model.coef_**2)
    last = of(Frame, run("softmax", 5))[-1]
    assert last.loss[-1] + last.penalty[-1] == pytest.approx(optimum, rel=1e-4)


def test_dead_relu_dies_at_step_100() -> None:
    samples = {s.step: s for s in of(Sample, run("dead-relu", 5))}
    assert samples[90].dead[0] < 0.5
    assert samples[110].dead[0] == 1
    assert samples[110].signal[0] == 0


@each_seed
def test_overfit_learns_by_heart_and_l2_narrows_the_gap(seed: int) -> None:
    alone, held = run("overfit", seed), run("overfit", seed, at=("300:regularizer=l2",))
    tests = [of(Eval, records)[-1] for records in (alone, held)]
    for records, test in zip((alone, held), tests, strict=True):
        last = np.concatenate([frame.accuracy for frame in of(Frame, records)])[-50:]
        assert last.mean() == 1.0
        assert test.accuracy < 0.96
    train = [losses(records)[-50:].mean() for records in (alone, held)]
    assert train[0] < 0.001
    assert tests[0].loss > 200 * train[0]
    assert train[1] > 4 * train[0]
    assert tests[1].loss < 0.97 * tests[0].loss
