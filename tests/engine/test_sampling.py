"""Samples against autograd in float64 and numpy, at every norm, with and without residual."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from gradtui import catalog
from gradtui.catalog.knobs import NORMS
from gradtui.core.records import Sample
from gradtui.core.scale import slope
from gradtui.engine import blocks, columns
from gradtui.engine.data import load
from gradtui.engine.model import Trace, forward
from gradtui.engine.readers import Alone, Room, Together, dead
from gradtui.engine.run import Run
from gradtui.engine.sampling import Kept, Samples, measure
from tests.engine.nets import CPU, advance, of, small_run, small_trainer, spec_of
from tests.engine.test_run import MODULES, nudge


@pytest.fixture(autouse=True, params=["columns", "blocks", "alone"])
def how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All ways of reading, for every net of this file."""
    monkeypatch.setattr(columns, "SMALL", 10**9 if request.param == "columns" else 0)
    monkeypatch.setattr(blocks, "ALONE", 0 if request.param == "alone" else 10**9)


def take(run: Run, x: Tensor, y: Tensor) -> Sample:
    trace = Trace([], [])
    run.gradient(x, y, trace)
    gradients = trace.gradients
    return read(run, trace, gradients)


def read(run: Run, trace: Trace, gradients: Sequence[Tensor | None]) -> Sample:
    (sample,) = measure([Kept.of(3, trace, gradients)], run.activation)
    return sample


def by_hand(run: Run, x: Tensor, y: Tensor) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """dL/dz and act(norm(z)) of each layer, all in float64."""
    p, act = run.parameters, MODULES[str(run.knobs["activation"])]
    a, z_all, h_all = x.double(), [], []
    with torch.enable_grad():
        for i, (w, b) in enumerate(zip(p.weights, p.biases, strict=True)):
            z = (a @ w.double() + b.double()).requires_grad_()
            z_all.append(z)
            if i == len(p.weights) - 1:
                break
            g, beta = p.gammas[i].double(), p.betas[i].double()
            n = z
            if run.knobs["norm"] == "layer":
                n = F.layer_norm(z, z.shape[1:], g, beta)
            elif run.knobs["norm"] == "batch":
                n = F.batch_norm(z, None, None, g, beta, training=True)
            h = act(n)
            h_all.append(h.detach().numpy())
            a = a + h if run.knobs["residual"] == "on" and i else h
        gradients = torch.autograd.grad(F.cross_entropy(z_all[-1], y), z_all)
    return [g.numpy() for g in gradients], [*h_all, z_all[-1].detach().numpy()]


@pytest.mark.parametrize("residual", ["off", "on"])
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "gelu"])
def test_a_sample_is_what_autograd_and_numpy_say(activation: str, norm: str, residual: str) -> None:
    run = small_run(f"activation={activation}", f"norm={norm}", f"residual={residual}",
                    "regularizer=l2", "init=gain:4", depth=5, width=5)  # fmt: skip
    nudge(run)
    run.parameters.biases[1][:2] = -50.0
    x, y = run.batches.next()
    found = take(run, x, y)
    gradients, outputs = by_hand(run, x, y)
    signal = [np.sqrt(np.mean(g**2)) for g in gradients]
    np.testing.assert_allclose(found.signal, signal, rtol=2e-4, atol=1e-9)
    scale = np.array([np.sqrt(np.mean(a**2)) for a in outputs])
    np.testing.assert_allclose(found.activation_mean / scale, [a.mean() for a in outputs] / scale,
                               atol=1e-4)  # fmt: skip
    np.testing.assert_allclose(found.activation_std, [a.std() for a in outputs], rtol=1e-3)
    entry = catalog.activation(activation)
    for i, a in enumerate(outputs[:-1]):
        dead = np.mean((a <= 0).all(axis=0)) if entry.can_die else np.nan
        np.testing.assert_equal(found.dead[i], dead)
        flat = {"tanh": np.abs(a) > 0.99, "sigmoid": (a < 0.01) | (a > 0.99)}.get(activation)
        expected = np.nan if flat is None else flat.mean()
        assert found.saturated[i] == pytest.approx(expected, abs=0.013, nan_ok=True)
    assert np.isnan([found.dead[-1], found.saturated[-1]]).all()
    assert not found.zero.any()
    if activation == "relu" and norm == "none":
        assert found.dead[1] >= 0.4


@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
@pytest.mark.parametrize("name", ["seq2seq-transformer", "char-lm"])
def test_rows_without_an_activation_are_neither_dead_nor_saturated(
    name: str, activation: str
) -> None:
    spec = spec_of(name, "width=8", f"activation={activation}", "batch_size=4", "depth=1")
    run = Run(spec, load(spec.data, 40, int(spec.fixed["length"])), CPU)
    trace = Trace([], [])
    run.gradient(*run.batches.next(), trace)
    (sample,) = measure([Kept.of(3, trace, trace.gradients)], run.activation)
    told = sample.saturated if activation == "sigmoid" else sample.dead
    names = np.array(run.spec.layers())
    assert [str(row) for row in names[~np.isnan(told)]] == [n for n in names if "ffn1" in n]
    assert np.isfinite(sample.activation_std).all()


def test_a_layer_that_gives_nothing_is_zero_and_dead() -> None:
    run = small_run("activation=relu")
    run.parameters.biases[2].fill_(-100)
    found = take(run, *run.batches.next())
    assert found.zero.tolist() == [False, False, True, True, True]  # biases start at 0
    assert found.dead[2] == 1
    assert found.signal[:3].tolist() == [0, 0, 0]
    assert found.signal[-1] > 0


@pytest.mark.parametrize("scale", [1e-44, 1e-38, 1e-25, 1e-15, 1.0, 1e15, 1e30, 1e37])
def test_no_false_zero_and_no_false_inf(scale: float) -> None:
    rng = np.random.default_rng(0)
    layers = (rng.standard_normal((4, 501)) * [[1], [1e-3], [1e3], [0]] * scale).astype(np.float32)
    layers = np.where(np.isfinite(layers), layers, np.float32(3e38))
    wide = layers.astype(np.float64)
    exact = np.mean(wide**2, axis=1)
    np.testing.assert_allclose(Together(layers[None], Room()).mean_square()[0], exact, rtol=1e-6)
    np.testing.assert_allclose(Alone(list(layers), Room()).mean_square(), exact, rtol=1e-6)


@pytest.mark.parametrize("length", [2**14, 2**17, 2**14 + 1, 3 * 2**14 + 5])
@pytest.mark.parametrize("scale", [1e-30, 0.3, 1e36])
def test_a_layer_that_is_read_alone_is_read_as_float64_would(length: int, scale: float) -> None:
    """Equal numbers are the worst case of a float32 sum; a mean far from 0 that of a variance."""
    same = np.full(length, scale, np.float32)
    ((mean,), (variance,)) = Alone([same], Room()).moments()
    assert mean == pytest.approx(float(same[0]), rel=2e-6)
    assert variance <= (2e-6 * scale) ** 2
    assert Alone([same], Room()).mean_square() == pytest.approx(float(same[0]) ** 2, rel=2e-6)
    rng = np.random.default_rng(0)
    a = (scale * (10 + rng.random((2, length)))).astype(np.float32)
    ((mean,), (variance,)) = Alone([a], Room()).moments()
    assert mean == pytest.approx(a.mean(dtype=np.float64), rel=1e-6)
    assert variance == pytest.approx(a.var(dtype=np.float64), rel=1e-4)


@pytest.mark.parametrize("length", [2**10, 2**14, 2**17])
@pytest.mark.parametrize("scale", [1e-40, 1e-30, 0.3, 1e36])
@pytest.mark.parametrize("mean", [0.0, 0.4, 0.99, 1.01, 3.0])
def test_a_variance_is_exact_on_both_sides_of_where_it_is_centred(
    mean: float, scale: float, length: int
) -> None:
    a = (scale * (mean + np.random.default_rng(1).normal(size=length))).astype(np.float32)
    wide = a.astype(np.float64)
    ((found,), (variance,)) = Alone([a], Room()).moments()
    assert found == pytest.approx(wide.mean(), rel=1e-6, abs=1e-7 * scale)
    assert variance == pytest.approx(wide.var(), rel=2e-6)


@pytest.mark.parametrize("scale", [1e-40, 1e-30, 1e30, 1e35, 1e37])
def test_activations_keep_their_mean_and_spread_at_the_edge(scale: float) -> None:
    run = small_run("activation=identity", depth=1, width=64)
    rng = np.random.default_rng(0)
    a = torch.from_numpy((scale * (1 + rng.random((16, 64)))).astype(np.float32))
    logits = torch.zeros(16, 5)
    found = read(run, Trace([a, logits], [a]), [a, logits])
    wide = a.double().numpy()
    assert found.activation_mean[0] == pytest.approx(wide.mean(), rel=1e-5)
    assert found.activation_std[0] == pytest.approx(wide.std(), rel=1e-4)
    assert found.signal[0] == pytest.approx(np.sqrt(np.mean(wide**2)), rel=1e-6)


@pytest.mark.parametrize("value", [None, -1.0, np.nan, np.inf, -np.inf, 1e-44, 3e38, -3e38])
@pytest.mark.parametrize("batch", [1, 7, 128, 2**14 + 1])
def test_dead_is_what_is_never_positive(batch: int, value: float | None) -> None:
    a = np.maximum(np.random.default_rng(batch).normal(size=(batch, 24)).astype(np.float32), 0)
    a[:, ::5] = 0
    if value is not None:
        a[batch // 2, 3:7] = value
        a[:, 9:11] = value
    expected = (a <= 0).all(axis=0).mean()
    assert dead(a) == expected
    both = np.stack([a, np.ones_like(a)])[None]
    assert Together(both, Room()).dead().tolist() == [[expected, 0]]


@pytest.mark.parametrize("means", [(0.0, 0.4), (0.99, 1.01), (3.0, 9.0), (0.0, 3.0), (0.0, np.inf)])
@pytest.mark.parametrize("length", [64, 2**10])
def test_layers_that_are_read_together_are_centred_where_it_counts(
    means: tuple[float, float], length: int
) -> None:
    a = np.random.default_rng(2).normal(size=(2, 2, length)).astype(np.float32)
    a += np.array(means, np.float32)[:, None]
    wide = a.astype(np.float64)
    mean, variance = Together(a[..., None], Room()).moments()
    told = np.isfinite(np.array(means))
    np.testing.assert_allclose(mean[:, told], wide.mean(axis=-1)[:, told], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(variance[:, told], wide.var(axis=-1)[:, told], rtol=2e-6)
    assert not np.isfinite(variance[:, ~told]).any()


def test_what_is_not_finite_is_told() -> None:
    run = small_run("activation=tanh")
    a = [torch.ones(16, 7) for _ in range(4)]
    a[1][3, 3], a[2][0, 0] = np.nan, np.inf
    logits = torch.zeros(16, 5)
    found = read(run, Trace([*a, logits], a), [*a, logits])
    assert np.isnan(found.signal[1])
    assert found.signal[2] == np.inf
    assert found.signal[[0, 3, 4]].tolist() == [1, 1, 0]
    assert np.isnan(found.activation_mean[1])
    assert not np.isfinite(found.activation_std[1:3]).any()


def test_depth_one_thousand_in_blocks() -> None:
    """Blocks of layers are cut at the cache's size: none is lost, none is counted twice."""
    run = small_run("activation=tanh", depth=300, width=16)
    x, _ = run.batches.next()
    trace = Trace([], [])
    with torch.enable_grad():
        forward(run.parameters, x, run.forward_knobs, None, None, trace)
    marks = [torch.full_like(z, float(i)) for i, z in enumerate(trace.outputs)]
    found = read(run, Trace(marks, marks[:-1]), marks)
    np.testing.assert_array_equal(found.signal, np.arange(301))
    np.testing.assert_array_equal(found.activation_mean, np.arange(301))


@pytest.mark.parametrize(("rows", "width"), [(16, 8), (64, 256)])
def test_samples_that_waited_are_those_measured_at_once(rows: int, width: int) -> None:
    """Several in one pass, more than one pass holds, and batches of two sizes."""
    run = small_run("activation=relu", depth=3, width=width)
    samples, found, expected = Samples(), [], []
    for step in range(9):
        trace = Trace([], [])
        x, y = run.batches.x, run.batches.y
        cut = slice(step, step + (rows if step % 4 else rows // 2))
        run.gradient(x[cut], y[cut], trace)
        gradients = trace.gradients
        (sample,) = measure([Kept.of(step, trace, gradients)], run.activation)
        expected.append(sample)
        found += samples.keep(step, trace, run.activation)
        run.update()
    found += samples.measure(run.activation)
    assert samples.measure(run.activation) == []
    for a, b in zip(found, expected, strict=True):
        assert a.step == b.step
        for name in ("signal", "activation_mean", "activation_std", "dead", "saturated", "zero"):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


def test_samples_stand_at_their_steps() -> None:
    def at(**how: bool) -> list[int]:
        trainer = small_trainer(steps=99, sample_every=7, **how)
        return [sample.step for sample in of(Sample, advance(trainer, 60))]

    assert at() == list(range(0, 60, 7))
    assert at(endless=True) == [*range(40), *range(42, 60, 7)]
    assert at(probe=False) == []


def test_the_slope_of_a_sigmoid_net_is_seen_at_once() -> None:
    trainer = small_trainer("activation=sigmoid", depth=20, width=32)
    (sample,) = of(Sample, advance(trainer, 1))
    assert 0.5 < slope(sample.signal) < 0.75
