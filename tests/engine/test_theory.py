"""Theory against the backward pass of nets that are really drawn."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from gradtui.core.prediction import chi_of
from gradtui.core.records import Floats, Sample
from gradtui.core.scale import slope
from gradtui.engine.data import Dataset, load
from gradtui.engine.interventions import intervene
from gradtui.engine.run import Run
from gradtui.engine.theory import Theory
from tests.engine.nets import CPU, losses, of, spec_of, train

WIDE = ("width=512", "depth=30")
SMALL = ("width=192", "depth=10")


@cache
def digits() -> Dataset:
    return load("digits")


def build(*sets: str, seed: int = 0) -> Run:
    return Run(spec_of("mean-field", *sets, seed=seed), digits(), CPU)


def measured(run: Run) -> Floats:
    """The signal [L], of a batch."""
    gradients = run.inspect(run.batches.x[:64], run.batches.y[:64])[1]
    return np.array([float(g.double().square().mean().sqrt()) for g in gradients])


def predicted(run: Run) -> Floats:
    found = Theory(run).predict()
    assert found is not None
    return found.signal


def error(run: Run) -> float:
    return chi_of(slope(predicted(run))) / chi_of(slope(measured(run))) - 1


@pytest.mark.parametrize("sigma_w", ["0.5", "1", "3"])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_chi_is_right_to_one_percent(activation: str, sigma_w: str) -> None:
    """Schoenholz et al. 2017. Over seeds 0 to 9: median 0.3 %, worst 1.5 %."""
    sets = (*WIDE, f"activation={activation}", f"sigma_w={sigma_w}")
    errors = [abs(error(build(*sets, seed=seed))) for seed in (10, 11, 12)]
    assert np.median(errors) < 0.01
    assert max(errors) < 0.03


@pytest.mark.parametrize(
    "knob",
    ["activation=sigmoid", "activation=selu", "activation=gelu",
     "norm=layer", "residual=on", "init=he", "rescale=0.5", "sigma_b=0.3"],
)  # fmt: skip
def test_the_profile_follows_every_knob(knob: str) -> None:
    """Of the whole profile, logits to input; 0.05 decades are 12 %."""
    run = build(*SMALL)
    if knob.startswith("sigma"):
        run = build(*SMALL, knob)
    else:
        name, _, value = knob.partition("=")
        intervene(run, name, value, 0)
    signal = measured(run)
    found = np.log10(signal / signal[-1]) - np.log10(predicted(run))
    assert np.abs(found[:-1]).max() < 0.05


def test_dropout_is_in_the_prediction() -> None:
    run = build(*SMALL, "activation=relu", "dropout=0.5")
    plain = build(*SMALL, "activation=relu")
    gain = predicted(run)[:-1] / predicted(plain)[:-1]
    assert gain == pytest.approx(np.sqrt(2.0 ** np.arange(10, 0, -1)), rel=1e-3)


def test_no_prediction_under_batch_norm() -> None:
    assert Theory(build(*SMALL, "norm=batch")).predict() is None


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_rescale_finds_the_critical_point_by_theory(activation: str) -> None:
    run = build(*SMALL, f"activation={activation}", "sigma_w=3")
    intervene(run, "rescale", "critical", 0)
    assert abs(slope(measured(run))) < 0.01
    assert abs(slope(predicted(run))) < 0.001


def test_sigmas_are_those_of_the_draw() -> None:
    found = Theory(build(*SMALL, "sigma_w=1.7", "sigma_b=0.3")).predict()
    assert found is not None
    assert (found.sigma_w, found.sigma_b) == pytest.approx((1.7, 0.3), rel=0.03)


def test_biases_change_no_weight() -> None:
    with_biases, without = build(*SMALL, "sigma_b=0.3"), build(*SMALL)
    assert torch.equal(with_biases.weights, without.weights)


def test_theory_changes_no_bit() -> None:
    spec = spec_of("mean-field", "width=16", "depth=3", steps=20)
    bare = replace(spec, experiment=replace(spec.experiment, theory=False))
    runs = [train(one)[1] for one in (spec, bare)]
    assert np.array_equal(losses(runs[0]), losses(runs[1]))
    samples = [of(Sample, records) for records in runs]
    assert all(sample.theory is not None for sample in samples[0])
    assert all(sample.theory is None for sample in samples[1])


def test_a_net_without_hidden_layers_has_no_theory() -> None:
    records = train(spec_of("mean-field", "depth=0", steps=2))[1]
    assert all(sample.theory is None for sample in of(Sample, records))
