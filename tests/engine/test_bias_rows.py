"""dL/dz by biases that each row of the batch has for itself, against dL/dz asked for: every bit."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from torch import Tensor

from gradtui.catalog.knobs import NORMS
from gradtui.core.records import Sample
from gradtui.engine import columns
from gradtui.engine.backward import over_batch
from gradtui.engine.blocks import ALONE
from gradtui.engine.model import Trace
from gradtui.engine.passing import Passing
from gradtui.engine.readers import Room
from gradtui.engine.run import Run
from gradtui.engine.sampling import Samples
from tests.engine.nets import of, small_run, spec_of, train
from tests.engine.test_passing import assert_told_in_order, run_of
from tests.engine.test_run import nudge


@pytest.fixture(autouse=True)
def none_by_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor by hooks: these nets have few numbers, and any number is enough here."""
    monkeypatch.setattr(columns, "SMALL", 0)


def bits(numbers: Tensor) -> Tensor:
    """0 and -0 differ."""
    return numbers.view(torch.int32)


def sample(run: Run, trace: Trace, x: Tensor, y: Tensor) -> tuple[Sample, Tensor]:
    """And the gradient of the objective."""
    run.gradient(x, y, trace)
    samples = Samples()
    (found,) = samples.keep(4, trace, run.activation) + samples.measure(run.activation)
    return found, bits(run.parameters.grad.clone())


def assert_same(one: Sample, two: Sample) -> None:
    for field, value in vars(one).items():
        np.testing.assert_array_equal(getattr(two, field), value, err_msg=field)


@pytest.mark.parametrize("batch", [1, 2, 7, 64])
@pytest.mark.parametrize("residual", ["off", "on", "rezero"])
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("activation", ["sigmoid", "relu", "gelu"])
def test_no_bit_differs(activation: str, norm: str, residual: str, batch: int) -> None:
    run = small_run(f"activation={activation}", f"norm={norm}", f"residual={residual}",
                    "regularizer=l1", "dropout=0.3", depth=5, width=9)  # fmt: skip
    nudge(run)
    assert compare(run, batch) == 2  # the hidden layers' biases, and the logits'


@pytest.mark.parametrize(("depth", "width", "leaves"), [(1, 9, 2), (5, 5, 1)])
def test_no_bit_differs_whatever_stands_together(depth: int, width: int, leaves: int) -> None:
    assert compare(small_run(depth=depth, width=width), 16) == leaves


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30])
def test_what_is_not_finite_is_found_too(value: float) -> None:
    run = small_run("activation=relu")
    run.parameters.weights[1][0] = value
    compare(run, 16)


def compare(run: Run, batch: int) -> int:
    """Both ways, on the same numbers; how many leaves of biases there were."""
    x, y = run.batches.x[:batch], run.batches.y[:batch]
    stream, told, gradients = run.dropout_stream.get_state(), [], []
    for trace in (Trace([], []), Passing(run.activation, Room())):
        run.dropout_stream.set_state(stream)
        found, gradient = sample(run, trace, x, y)
        told.append(found)
        gradients.append(gradient)
    assert torch.equal(*gradients)
    assert_same(*told)
    assert told[1].signal[-1] != 0
    return len(trace.bias_rows)


@pytest.mark.parametrize("threads", [1, 2, 32])
def test_the_sums_over_the_batch_are_those_of_each_layer(threads: int) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        sums_are_those_of_each_layer()
    finally:
        torch.set_num_threads(before)


@settings(deadline=None, max_examples=150)
@example(layers=28, batch=16, width=391, seed=0)
@given(st.integers(1, 40), st.integers(1, 300), st.integers(1, 500), st.integers(0, 2**31))
def sums_are_those_of_each_layer(layers: int, batch: int, width: int, seed: int) -> None:
    assume(batch * width < ALONE)
    stream = torch.Generator().manual_seed(seed)
    scale = 10 ** torch.empty(layers, 1, 1).uniform_(-30, 15, generator=stream)
    dz = scale * torch.randn((layers, batch, width), generator=stream)
    alone = torch.stack([each.clone().sum(0) for each in dz])
    assert torch.equal(bits(over_batch(dz)), bits(alone))
    assert torch.equal(bits(over_batch(dz[0])), bits(alone[0]))


@pytest.mark.parametrize(("width", "spreads"), [(1, True), (ALONE // 16 - 1, True),
                                                (ALONE // 16, False)])  # fmt: skip
def test_rows_of_many_numbers_are_read_as_they_pass(width: int, spreads: bool) -> None:
    run = small_run(depth=2, width=width)
    trace = Passing(run.activation, Room())
    run.gradient(*run.batches.next(), trace)
    assert bool(trace.bias_rows) == spreads
    assert len(trace.passed) == (0 if spreads else 2)


def test_a_small_net_is_read_by_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    run = small_run(depth=2, width=8)
    for limit, spreads in ((16 * (8 + 8 + 5), False), (16 * (8 + 8 + 5) - 1, True)):
        monkeypatch.setattr(columns, "SMALL", limit)
        trace = Passing(run.activation, Room())
        run.gradient(*run.batches.next(), trace)
        assert bool(trace.bias_rows) == spreads


@pytest.mark.parametrize("net", [("cnn", "depth=2", "width=5"), ("rnn", "width=6", "length=20"),
                                 ("char-lm", "width=8", "depth=1", "batch_size=4")])  # fmt: skip
def test_other_nets_are_asked(net: tuple[str, ...]) -> None:
    run = run_of(*net)
    trace = Passing(run.activation, Room())
    run.gradient(*run.batches.next(), trace)
    assert not trace.bias_rows
    assert any(gradient is not None for gradient in trace.gradients)


def test_what_nobody_keeps_is_freed_at_once() -> None:
    """z of each row, in the forward pass, and dL/dz when it is read; Python need not come to
    collect cycles."""
    run, seen = small_run(depth=6), list[weakref.ref[Tensor]]()

    class Spied(Passing):
        def add(self, z: Tensor, h: Tensor) -> None:
            assert not any(z() is not None for z in seen)
            seen.append(weakref.ref(z))
            super().add(z, h)

    trace, samples = Spied(run.activation, Room()), Samples()
    gc.disable()
    try:
        run.gradient(*run.batches.next(), trace)
        found = [weakref.ref(dz) for dz in trace.gradients if dz is not None]
        leaves = [leaf.tensor for leaf in trace.bias_rows]
        samples.keep(4, trace, run.activation)
        del trace
        assert len(found) == 2
        assert not any(dz() is not None for dz in found)
        assert not any(leaf.grad is not None for leaf in leaves)
    finally:
        gc.enable()
    assert len(seen) == 6


def test_samples_of_both_kinds_are_told_in_their_order() -> None:
    assert_told_in_order(small_run(depth=3))


def test_a_run_is_the_same_however_often_it_is_read() -> None:
    """Of two places of theta, over an epoch's end with a smaller batch, and an intervention."""
    ends = []
    for probe, every in ((True, 1), (True, 3), (False, 10)):
        spec = spec_of("vanishing", "depth=12", "width=64", "activation=relu", "init=he",
                       "batch_size=100", at=("7:norm=layer",), steps=20, probe=probe,
                       sample_every=every)  # fmt: skip
        done, records = train(spec)
        assert done.trainer is not None
        run = done.trainer.training.net
        assert len(of(Sample, records)) == (0 if not probe else -(-20 // every))
        assert not run.parameters.small
        ends.append(bits(run.parameters.flat.clone()))
    assert torch.equal(ends[0], ends[1])
    assert torch.equal(ends[0], ends[2])
