"""Rows that are read as they pass, against the same rows kept and read later: bit by bit."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch
from torch import Tensor

from gradtui.core.records import Sample
from gradtui.engine import blocks, columns, passing
from gradtui.engine.data import load
from gradtui.engine.model import Trace
from gradtui.engine.passing import Passing
from gradtui.engine.readers import Room
from gradtui.engine.run import Run
from gradtui.engine.sampling import Samples
from tests.engine.nets import CPU, of, small_trainer, spec_of, train


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few numbers a row has, it is read alone."""
    monkeypatch.setattr(columns, "SMALL", 0)
    for module in (blocks, passing):
        monkeypatch.setattr(module, "ALONE", 0)


def run_of(name: str, *sets: str) -> Run:
    spec = spec_of(name, *sets)
    return Run(spec, load(spec.data, 40, int(spec.fixed["length"])), CPU)


NETS = [
    ("vanishing", "depth=3", "width=7", "activation=relu"),
    ("vanishing", "depth=3", "width=7", "activation=sigmoid", "norm=batch", "dropout=0.3"),
    ("vanishing", "depth=3", "width=40", "activation=tanh", "norm=layer", "residual=on"),
    ("vanishing", "depth=3", "width=7", "activation=identity"),
    ("cnn", "depth=2", "width=5"),
    ("char-lm", "width=8", "depth=1", "batch_size=4"),
    ("seq2seq-transformer", "width=8", "depth=1", "batch_size=4", "activation=relu"),
    ("seq2seq-rnn", "width=6", "batch_size=4"),
]


@pytest.mark.parametrize("net", NETS, ids="-".join)
def test_what_is_read_is_what_would_have_been_kept(net: tuple[str, ...]) -> None:
    name, *sets = net
    run = run_of(name, *sets)
    x, y = run.batches.next()
    stream = run.dropout_stream.get_state()
    samples, gradients = [], []
    for trace in (Trace([], []), Passing(run.activation, Room())):
        run.dropout_stream.set_state(stream)
        run.gradient(x, y, trace)
        gradients.append(run.parameters.grad.clone())
        kept = Samples()
        samples += kept.keep(4, trace, run.activation) + kept.measure(run.activation)
    assert torch.equal(*gradients)
    assert trace.passed
    assert len(trace.outputs) < len(run.parameters.weights)
    for field, value in vars(samples[0]).items():
        np.testing.assert_array_equal(getattr(samples[1], field), value, err_msg=field)
    assert samples[1].signal[-1] > 0


def test_what_passes_is_freed_at_once() -> None:
    """Not when Python comes to collect cycles: a step's tensors are most of its memory."""
    run = run_of("vanishing", "depth=3")
    seen: list[weakref.ref[Tensor]] = []

    class Spied(Passing):
        def add(self, z: Tensor, h: Tensor) -> None:
            seen.extend((weakref.ref(z), weakref.ref(h)))
            super().add(z, h)

    trace = Spied(run.activation, Room())
    gc.disable()
    try:
        run.gradient(*run.batches.next(), trace)
        assert len(seen) == 6
        assert not any(tensor() is not None for tensor in seen)
    finally:
        gc.enable()
    assert len(trace.passed) == 3


def test_kept_rows_and_passed_ones_are_told_in_their_order() -> None:
    assert_told_in_order(run_of("vanishing", "depth=3", "activation=tanh"))


def assert_told_in_order(run: Run) -> None:
    """Of one batch, some steps traced in one way and some in the other."""
    batch, samples, found = run.batches.next(), Samples(), []
    for step in range(6):
        trace = Passing(run.activation, Room()) if step in (1, 2, 5) else Trace([], [])
        run.gradient(*batch, trace)
        found += samples.keep(step, trace, run.activation)
    found += samples.measure(run.activation)
    assert [sample.step for sample in found] == list(range(6))
    for sample in found[1:]:
        np.testing.assert_array_equal(sample.signal, found[0].signal)
        np.testing.assert_array_equal(sample.saturated, found[0].saturated)


def test_a_lesson_wants_the_tensors_and_changes_no_sample() -> None:
    trainer = small_trainer(depth=3)
    recorder = trainer.training.recorder
    assert isinstance(recorder.trace(whole=False), Passing)
    assert type(recorder.trace(whole=True)) is Trace


def test_a_run_is_the_same_however_often_it_is_read() -> None:
    ends = []
    for probe, every in ((True, 1), (True, 3), (False, 10)):
        sets = "depth=4", "activation=relu"
        spec = spec_of("vanishing", *sets, steps=12, probe=probe, sample_every=every)
        done, records = train(spec)
        assert done.trainer is not None
        assert len(of(Sample, records)) == (0 if not probe else -(-12 // every))
        ends.append(done.trainer.training.net.parameters.flat)
    assert torch.equal(ends[0], ends[1])
    assert torch.equal(ends[0], ends[2])
