"""Recurrent nets against torch's own cells, and the figures of the signal through time."""

from __future__ import annotations

import json
from io import StringIO

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gradtui.catalog.specs import Request, build_spec
from gradtui.core.errors import UsageError
from gradtui.core.records import End, Frame, Info, Sample
from gradtui.core.spec import Spec
from gradtui.core.state import RunState
from gradtui.engine import sampling
from gradtui.engine.data import Dataset, load
from gradtui.engine.histograms import histograms
from gradtui.engine.interventions import intervene
from gradtui.engine.model import Trace
from gradtui.engine.run import Run
from gradtui.engine.sampling import Kept, Samples
from gradtui.headless.jsonl import Lines
from tests.engine.nets import CPU, of, spec_of, train

ORDER = {"rnn": (0,), "lstm": (0, 1, 3, 2), "gru": (0, 1, 2)}
"""Which of our blocks stands where torch has it: torch's LSTM is i f g o, ours i f o g."""
CELLS = {"rnn": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}
each_cell = pytest.mark.parametrize("cell", CELLS)


def run_of(*sets: str, data: Dataset | None = None, seed: int = 0) -> Run:
    spec = spec_of("rnn", "length=20", "width=6", "batch_size=16", *sets, seed=seed)
    return Run(spec, data or load("recall", length=20), CPU)


def oracle(run: Run, cell: str, x: Tensor, y: Tensor) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Loss, weight gradients and dL/dh_t by torch's cell in float64."""
    w_xh, w_hh, out = (w.double().requires_grad_() for w in run.parameters.weights)
    bias, out_bias = (b.double() for b in run.parameters.biases)
    order, width = ORDER[cell], w_hh.shape[0]

    def turned(w: Tensor) -> Tensor:
        blocks = w.chunk(len(order), -1)
        return torch.cat([blocks[i] for i in order], -1).t()

    module = CELLS[cell](16, width, dtype=torch.float64)
    given = {
        "weight_ih": turned(w_xh), "weight_hh": turned(w_hh),
        "bias_ih": turned(bias), "bias_hh": torch.zeros(len(order) * width, dtype=torch.float64),
    }  # fmt: skip
    h = torch.zeros(len(x), width, dtype=torch.float64)
    state, states = (h, h) if cell == "lstm" else h, []
    for t in range(x.shape[1]):
        one_hot = F.one_hot(x[:, t], 16).double()
        state = torch.func.functional_call(module, given, (one_hot, state))
        states.append(state[0] if cell == "lstm" else state)
    loss = F.cross_entropy(states[-1] @ out + out_bias, y)
    found = torch.autograd.grad(loss, [w_xh, w_hh, out, *states])
    return loss, list(found[:3]), list(found[3:])


@each_cell
def test_a_cell_is_torchs_and_so_is_its_gradient_through_time(cell: str) -> None:
    run = run_of(f"cell={cell}", "forget_bias=0.5" if cell != "rnn" else "lr=0.1")
    x, y = run.batches.next()
    trace = Trace([], [])
    loss, _ = run.gradient(x, y, trace)
    with torch.enable_grad():
        expected, gradients, states = oracle(run, cell, x, y)
    torch.testing.assert_close(loss.double(), expected.detach(), rtol=1e-6, atol=0)
    for mine, theirs in zip(
        run.parameters.gradient_of(run.parameters.weights), gradients, strict=True
    ):
        torch.testing.assert_close(mine.double(), theirs, rtol=1e-4, atol=1e-8)
    for place, theirs in zip(trace.places()[1], states, strict=True):
        kept = trace.gradients[place]
        assert kept is not None
        torch.testing.assert_close(kept.double(), theirs, rtol=1e-4, atol=1e-9)


def test_a_sample_tells_the_norm_of_each_time_step_and_its_mean_over_all() -> None:
    records = train(spec_of("rnn", "length=20", "width=6", steps=11))[1]
    first, second = of(Sample, records)
    assert (first.step, second.step) == (0, 10)
    run = run_of("batch_size=128")
    x, y = run.batches.next()
    with torch.enable_grad():
        states = oracle(run, "rnn", x, y)[2]
    expected = [float(g.norm()) for g in states]
    assert first.signal_time is not None
    np.testing.assert_allclose(first.signal_time, expected, rtol=1e-4)
    rms = np.sqrt(np.square(expected).sum() / (20 * 128 * 6))
    np.testing.assert_allclose(first.signal[1], rms, rtol=1e-4)


def weights(spec: Spec) -> Tensor:
    """After a whole run."""
    trainer = train(spec)[0].trainer
    assert trainer is not None
    return trainer.training.net.parameters.flat


@each_cell
def test_nothing_that_looks_changes_a_bit(cell: str) -> None:
    sets = ("length=20", "width=6", f"cell={cell}", "clip=norm:0.1")
    ends = [
        weights(spec_of("rnn", *sets, steps=30, probe=probe, sample_every=every))
        for probe, every in ((True, 1), (True, 7), (False, 10))
    ]
    for other in ends[1:]:
        assert torch.equal(ends[0], other)


def test_both_rows_of_a_layer_have_histograms() -> None:
    run = run_of("width=64", "batch_size=128")
    found = histograms(run, 0, run.batches.next()[0])
    assert found.activations.std.shape == (3,)
    assert found.activations.std[0] == found.activations.std[1] > 0


@pytest.mark.parametrize("cell", ["rnn", "gru"])
def test_what_is_read_as_it_passes_is_what_would_have_been_kept(cell: str) -> None:
    run = run_of(f"cell={cell}", "width=64", "batch_size=128", "depth=2")
    trace, batch = Trace([], []), run.batches.next()
    run.gradient(*batch, trace)
    assert len(trace.squares) == 2 * 20 + 2  # all but the logits, which are few
    samples = Samples()
    told = samples.keep(7, trace, run.activation) + samples.measure(run.activation)
    _, watched, seen = run.inspect(*batch)
    expected = sampling.measure([Kept.of(7, seen, watched)], run.activation)
    exact = [float(g.double().square().mean().sqrt()) for g in seen.by_row(watched)]
    np.testing.assert_allclose(told[0].signal, exact, rtol=1e-6)
    for name in ("signal", "signal_time", "activation_mean", "activation_std", "saturated"):
        mine, theirs = getattr(told[0], name), getattr(expected[0], name)
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, err_msg=name)


def test_a_row_without_a_bias_says_so() -> None:
    records = train(spec_of("rnn", "length=20", "width=6", steps=3))[1]
    (frame,) = of(Frame, records)
    assert frame.no_bias is not None
    assert frame.bias_rms is not None
    assert frame.no_bias.tolist() == [False, True, False]
    assert np.isfinite(frame.bias_rms[:, [0, 2]]).all()


def test_json_has_the_signal_through_time_on_sampled_steps_only() -> None:
    records = train(spec_of("rnn", "length=20", "width=6", steps=3))[1]
    out = StringIO()
    lines = Lines(RunState(of(Info, records)[0]), out)
    for record in records:
        lines.take(record)
    lines.close()
    steps = [line for line in map(json.loads, out.getvalue().splitlines()) if "penalty" in line]
    assert [len(step.get("signal_time", ())) for step in steps] == [20, 0, 0]


def decades(*sets: str, seed: int) -> float:
    """Decades of signal lost a step back in time, least squares."""
    sample = of(Sample, train(spec_of("rnn", "length=50", *sets, seed=seed, steps=1))[1])[0]
    assert sample.signal_time is not None
    return float(np.polyfit(np.arange(50), np.log10(sample.signal_time), 1)[0])


@pytest.mark.parametrize("seed", [5, 6])
@pytest.mark.parametrize(
    ("sets", "low", "high"),
    [
        ((), 0.19, 0.29),
        (("init=orthogonal",), 0.02, 0.045),
        (("cell=lstm",), 0.17, 0.22),
        (("cell=lstm", "forget_bias=1"), 0.055, 0.08),
        (("cell=lstm", "forget_bias=3"), -0.02, 0.01),
    ],
)
def test_how_fast_the_signal_is_lost_in_time(
    sets: tuple[str, ...], low: float, high: float, seed: int
) -> None:
    assert low < decades(*sets, seed=seed) < high


def test_an_orthogonal_net_recalls_what_another_cannot() -> None:
    lost, kept = (train(spec_of("rnn", f"init={i}", seed=5))[1] for i in ("torch", "orthogonal"))
    assert of(End, lost)[0].accuracy < 0.2
    assert of(End, kept)[0].accuracy == 1


def test_no_classes_merge_at_a_larger_rate() -> None:
    """Of a seed whose classes do, where everything learns at lr."""
    records = train(spec_of("rnn", "init=orthogonal", "lr=3e-3", seed=85))[1]
    assert of(End, records)[0].accuracy == 1


@pytest.mark.parametrize("seed", [0, 64])  # of either sign before the sign is mended
def test_an_orthogonal_net_begins_as_a_rotation(seed: int) -> None:
    weight = run_of("init=orthogonal", seed=seed).parameters.weights[1].double()
    assert torch.allclose(weight @ weight.T, torch.eye(6, dtype=torch.float64), atol=1e-5)
    assert float(torch.linalg.det(weight)) == pytest.approx(1, abs=1e-5)


def test_recall_over_a_longer_time_begins_with_the_same_symbols() -> None:
    short, long = load("recall", length=20), load("recall", length=200)
    assert (long.x_train[:, :20] == short.x_train).all()
    assert (short.y_test == short.x_test[:, 0]).all()
    assert set(np.unique(short.x_train[:, 1:])) == set(range(8, 16))
    assert set(np.unique(short.y_train)) == set(range(8))


def test_a_row_without_a_bias_cannot_be_shifted() -> None:
    with pytest.raises(UsageError, match="W_hh has no bias"):
        intervene(run_of(), "shift_bias", "1:2", 0)
    run = run_of()
    intervene(run, "shift_bias", "2:3", 0)
    assert run.parameters.biases[1].tolist() == [3.0] * 8


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (Request("rnn", sets=("depth=0",)), "at least 1 layer"),
        (Request("rnn", sets=("length=10",)), "whole number from 20 to 200"),
        (Request("rnn", data="digits"), "it reads recall"),
        (Request("vanishing", data="recall"), "tables of features"),
        (Request("vanishing", sets=("cell=lstm",)), "cell is no knob of vanishing"),
    ],
)
def test_what_does_not_fit_is_told_in_one_sentence(request_: Request, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        build_spec(request_)
