"""dL/dz by biases that are spread over the batch, against dL/dz asked for: bit by bit."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gradtui.catalog.knobs import NORMS
from gradtui.core.records import Sample
from gradtui.engine import columns
from gradtui.engine.blocks import ALONE
from gradtui.engine.model import Trace
from gradtui.engine.passing import Passing
from gradtui.engine.readers import Room
from gradtui.engine.run import Run
from gradtui.engine.sampling import Samples
from tests.engine.nets import small_run
from tests.engine.test_passing import run_of
from tests.engine.test_run import nudge


@pytest.fixture(autouse=True)
def none_by_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few numbers a net has."""
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
    x, y = run.batches.x[:batch], run.batches.y[:batch]
    stream, told, gradients = run.dropout_stream.get_state(), [], []
    for trace in (Trace([], []), Passing(run.activation, Room())):
        run.dropout_stream.set_state(stream)
        found, gradient = sample(run, trace, x, y)
        told.append(found)
        gradients.append(gradient)
    assert len(trace.spread) == 2  # the hidden layers' biases, and the logits'
    assert torch.equal(*gradients)
    assert_same(*told)
    assert told[1].signal[-1] > 0


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 40), st.integers(1, 300), st.integers(1, 140), st.integers(0, 2**31))
def test_the_sums_over_the_batch_are_those_of_each_layer(
    layers: int, batch: int, width: int, seed: int
) -> None:
    """Torch adds up a batch in the same order, however many layers there are beside each other."""
    stream = torch.Generator().manual_seed(seed)
    shape = layers, batch, width
    scale = 10 ** torch.empty(layers, 1, 1).uniform_(-30, 15, generator=stream)
    dz = scale * torch.randn(shape, generator=stream)
    alone = torch.stack([each.clone().sum(0) for each in dz])
    assert torch.equal(bits(dz.sum(-2)), bits(alone))


@pytest.mark.parametrize(("width", "spreads"), [(1, True), (ALONE // 16 - 1, True),
                                                (ALONE // 16, False)])  # fmt: skip
def test_rows_of_many_numbers_are_read_as_they_pass(width: int, spreads: bool) -> None:
    run = small_run(depth=2, width=width)
    trace = Passing(run.activation, Room())
    run.gradient(*run.batches.next(), trace)
    assert bool(trace.spread) == spreads
    assert len(trace.passed) == (0 if spreads else 2)


def test_a_small_net_is_read_by_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    run = small_run(depth=2, width=8)
    for limit, spreads in ((16 * (8 + 8 + 5), False), (16 * (8 + 8 + 5) - 1, True)):
        monkeypatch.setattr(columns, "SMALL", limit)
        trace = Passing(run.activation, Room())
        run.gradient(*run.batches.next(), trace)
        assert bool(trace.spread) == spreads


@pytest.mark.parametrize("net", [("cnn", "depth=2", "width=5"), ("rnn", "width=6", "length=20"),
                                 ("char-lm", "width=8", "depth=1", "batch_size=4")])  # fmt: skip
def test_other_nets_are_asked(net: tuple[str, ...]) -> None:
    run = run_of(*net)
    trace = Passing(run.activation, Room())
    run.gradient(*run.batches.next(), trace)
    assert not trace.spread
    assert any(gradient is not None for gradient in trace.gradients)


def test_what_nobody_keeps_is_freed_at_once() -> None:
    """z of each row, in the forward pass; Python need not come to collect cycles."""
    run, seen = small_run(depth=6), list[weakref.ref[Tensor]]()

    class Spied(Passing):
        def add(self, z: Tensor, h: Tensor) -> None:
            assert not any(z() is not None for z in seen)
            seen.append(weakref.ref(z))
            super().add(z, h)

    gc.disable()
    try:
        run.gradient(*run.batches.next(), Spied(run.activation, Room()))
    finally:
        gc.enable()
    assert len(seen) == 6


def test_samples_of_both_kinds_are_told_in_their_order() -> None:
    run = small_run(depth=3)
    batch, samples, found = run.batches.next(), Samples(), []
    for step in range(6):
        trace = Passing(run.activation, Room()) if step in (1, 2, 5) else Trace([], [])
        run.gradient(*batch, trace)
        found += samples.keep(step, trace, run.activation)
    found += samples.measure(run.activation)
    assert [each.step for each in found] == list(range(6))
    for each in found[1:]:
        np.testing.assert_array_equal(each.signal, found[0].signal)
        np.testing.assert_array_equal(each.saturated, found[0].saturated)
