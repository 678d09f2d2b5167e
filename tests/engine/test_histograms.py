"""Histograms against numpy's own; when they are made; that nobody notices."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from gradtui.core.records import Applied, Histograms, State
from gradtui.engine import histograms as module
from gradtui.engine.histograms import BINS, Snapshots, histograms, spread
from tests.engine.nets import advance, of, same, small_run, small_trainer, state


def check(rows: list[NDArray[np.float32]], *, magnitudes: bool = False) -> None:
    """A spread is what numpy says of each row's finite numbers."""
    tensors = [torch.from_numpy(row.copy()) for row in rows]
    with np.errstate(all="ignore"):
        found = spread(tensors, magnitudes=magnitudes)
        for i, row in enumerate(rows):
            x = row.ravel().astype(np.float64)
            assert found.zeros[i] == (x == 0).sum()
            assert found.infs[i] == np.isinf(x).sum()
            assert found.nans[i] == np.isnan(x).sum()
            x = np.log10(np.abs(row.ravel())).astype(np.float64) if magnitudes else x
            x = x[np.isfinite(x)]
            assert found.counts[i].sum() == len(x)
            if not len(x):
                assert np.isnan([found.low[i], found.high[i], found.mean[i], found.std[i]]).all()
                continue
            assert (found.low[i], found.high[i]) == (x.min(), x.max())
            np.testing.assert_allclose(found.mean[i], x.mean(), rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(found.std[i], x.std(), rtol=1e-9, atol=1e-12)
            if x.min() < x.max():
                counts, _ = np.histogram(x, BINS, (x.min(), x.max()))
                # numpy puts a number that lies on an edge where its rounding wants it
                assert np.abs(counts - found.counts[i]).sum() <= 4
            else:
                assert found.counts[i, 0] == len(x)


def test_layers_of_several_shapes_are_what_numpy_counts() -> None:
    rng = np.random.default_rng(0)
    shapes = [(64, 20), (20, 20), (20, 20), (20, 20), (20, 3)]
    rows = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    check(rows)
    check(rows, magnitudes=True)


def test_a_layer_larger_than_a_block() -> None:
    row = np.random.default_rng(1).standard_normal((300, 300)).astype(np.float32)
    check([row, row[:4, :4]])


@pytest.mark.parametrize("magnitudes", [False, True])
def test_numbers_that_are_not_finite_are_counted_apart(magnitudes: bool) -> None:
    rng = np.random.default_rng(2)
    rows = [rng.standard_normal((10, 10)).astype(np.float32) for _ in range(4)]
    rows[0][0, :3] = np.nan
    rows[1][0, :2] = np.inf
    rows[1][1, :4] = -np.inf
    rows[2][:] = np.nan
    rows[3][:5] = 0
    check(rows, magnitudes=magnitudes)


def test_no_magnitude_is_too_small_too_large_or_too_even() -> None:
    tiny = np.array([1e-45, 3e-40, 1e-38, 2e-30], np.float32)
    huge = np.array([-3e38, 3e38, 1e38, 1], np.float32)
    check([tiny, huge, np.full(4, 0.5, np.float32), np.zeros(4, np.float32)])
    check([tiny, huge, np.full(4, 0.5, np.float32), np.zeros(4, np.float32)], magnitudes=True)


def test_what_a_step_left_is_what_is_told() -> None:
    run = small_run("clip=norm:0.1", "residual=on")
    x, y = run.batches.next()
    with torch.no_grad():
        run.gradient(x, y)
        run.clip_gradient()
        run.update()
    found = histograms(run, 3, x)
    assert found.step == 3
    weights, last = run.parameters.weights, run.parameters.weights[-1].numpy()
    assert found.weights.counts.sum(axis=1).tolist() == [w.numel() for w in weights]
    assert found.weights.high[-1] == last.max()
    gradient = run.parameters.gradient_of(weights)[0].abs().double().log10()
    assert found.gradients.mean[0] == pytest.approx(float(gradient.mean()), rel=1e-6)
    _, _, trace = run.inspect(x, y)
    assert found.activations.low[1] == trace.activations[1].min()
    assert found.activations.high[-1] == trace.outputs[-1].max()


class Clock:
    """Each look at it takes `tick` seconds."""

    def __init__(self, tick: float) -> None:
        self.now, self.tick = 100.0, tick

    def __call__(self) -> float:
        self.now += self.tick
        return self.now


@pytest.mark.parametrize(("tick", "wait"), [(0.0001, 0.25), (0.05, 5.0)])
def test_slow_histograms_are_rare(tick: float, wait: float) -> None:
    clock = Clock(tick)
    run = small_run()
    snapshots = Snapshots(run, clock)
    assert snapshots.due()
    x, _ = run.batches.next()
    snapshots.take(0, x)
    made = clock.now
    clock.tick = 0
    for after, due in ((0.0, False), (0.99 * wait, False), (1.01 * wait, True)):
        clock.now = made + after
        assert snapshots.due() is due


def test_nobody_waits_again_for_the_same_step() -> None:
    clock = Clock(0.01)
    run = small_run()
    snapshots = Snapshots(run, clock)
    x, _ = run.batches.next()
    snapshots.take(5, x)
    assert not snapshots.stale(6), "a moment ago"
    clock.now += 1
    assert snapshots.stale(6)
    assert not snapshots.stale(5)


def test_histograms_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    sets = ("dropout=0.2", "norm=batch", "residual=on", "clip=norm:0.1", "optimizer=adam")
    silent = small_trainer(*sets)
    advance(silent, 40)
    monkeypatch.setattr(module, "PAUSE", 0.0)
    monkeypatch.setattr(module, "SHARE", 1e9)
    monkeypatch.setattr(module, "HASTE", 0)
    trainer = small_trainer(*sets, endless=True)
    told = advance(trainer, 40)
    assert [h.step for h in of(Histograms, told)] == list(range(40))
    assert same(state(trainer.training.net), state(silent.training.net))


def test_a_batch_of_one_under_batch_norm() -> None:
    run = small_run("norm=batch", "batch_size=1")
    x, _ = run.batches.next()
    before = state(run)
    assert np.isfinite(histograms(run, 0, x).activations.mean).all()
    assert same(state(run), before)


def test_train_makes_none() -> None:
    assert of(Histograms, advance(small_trainer(), 5)) == []


def test_no_probe_no_histograms() -> None:
    assert of(Histograms, advance(small_trainer(endless=True, probe=False), 5)) == []


def test_the_last_ones_before_an_intervention_are_of_the_step_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PAUSE", 1e9)
    monkeypatch.setattr(module, "HASTE", 0)
    trainer = small_trainer(endless=True)
    told = advance(trainer, 7)
    trainer.training.apply("lr", 0.5)
    told += trainer.outbox.drain()
    found = [r for r in told if isinstance(r, Histograms | Applied)]
    assert [type(r) for r in found] == [Histograms, Histograms, Applied]
    assert [r.step for r in found] == [0, 6, 7]


def test_a_pause_shows_the_step_that_it_came_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 1e9)
    monkeypatch.setattr(module, "HASTE", 0)
    trainer = small_trainer(endless=True)
    told = advance(trainer, 4)
    trainer._say("paused")
    told += trainer.outbox.drain()
    assert [h.step for h in of(Histograms, told)] == [0, 3]
    assert isinstance(told[-1], State)
