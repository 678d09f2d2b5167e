"""A state put back: from there on every step is the one that would have come, bit by bit."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradtui import catalog
from gradtui.catalog.knobs import NORMS, OPTIMIZERS
from gradtui.core.errors import GradtuiError
from gradtui.core.outbox import Outbox
from gradtui.core.records import Eval, Frame, Record, Sample, Value
from gradtui.engine.checkpoint import Checkpoint, restore, snapshot
from gradtui.engine.data import load
from gradtui.engine.trainer import Trainer
from tests.engine.nets import CPU, advance, held, of, same, small_trainer, spec_of, state
from tests.engine.test_trainer import SCRIPT

FRAME = ("loss", "accuracy", "penalty", "grad_norm", "weight_norm", "update_ratio", "bias_rms")


def equal(one: list[Record], two: list[Record]) -> None:
    """The same steps, samples and evaluations, whatever frames they came in."""
    for name in ("steps", *FRAME):
        first, second = ([getattr(f, name) for f in of(Frame, told)] for told in (one, two))
        if first[0] is not None:
            np.testing.assert_array_equal(np.concatenate(first), np.concatenate(second))
    assert of(Eval, one) == of(Eval, two)
    samples = of(Sample, one), of(Sample, two)
    assert [s.step for s in samples[0]] == [s.step for s in samples[1]]
    for a, b in zip(*samples, strict=True):
        np.testing.assert_array_equal(a.signal, b.signal)
        np.testing.assert_array_equal(a.activation_std, b.activation_std)


def through_json(taken: Checkpoint) -> Checkpoint:
    """As it comes back from a file."""
    document = json.loads(json.dumps(taken.document, allow_nan=False))
    arrays = {name: np.frombuffer(a.tobytes(), a.dtype).reshape(a.shape)
              for name, a in taken.arrays.items()}  # fmt: skip
    return Checkpoint(document, arrays)


def check(trainer: Trainer, fresh: Trainer, at: int, steps: int) -> None:
    """`trainer` goes on from step `at`; then itself once more from there, and `fresh`."""
    advance(trainer, at)
    taken = through_json(snapshot(trainer.training))
    told = advance(trainer, steps)
    expected = state(trainer.training.net)
    for again in (trainer, fresh):
        restore(again.training, taken)
        again.outbox.drain()
        equal(advance(again, steps), told)
        assert same(state(again.training.net), expected)


def opened(name: str, *sets: str) -> Trainer:
    spec = spec_of(name, *sets)
    trainer = Trainer(spec, Outbox(100_000, lossless=True))
    trainer.open(load(spec.data, spec.rows, int(spec.fixed["length"])), CPU)
    return trainer


SMALL = {"init": ("depth=6",), "exploding": ("init=gain:1.5", "depth=4"), "vanishing": ("depth=5",)}


@pytest.mark.parametrize("name", catalog.names("experiments"))
def test_every_experiment_goes_on_as_if_nothing_was(name: str) -> None:
    sets = SMALL.get(name, ())
    check(opened(name, *sets), opened(name, *sets), 5, 4)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_and_norm(optimizer: str, norm: str) -> None:
    sets = (f"optimizer={optimizer}", f"norm={norm}", "dropout=0.2", "momentum=0.5",
            "residual=rezero", "lr=0.003", "decay=0.01")  # fmt: skip
    check(small_trainer(*sets), small_trainer(*sets), 10, 12)  # an epoch has 7 batches


@pytest.mark.parametrize("probe", [True, False])
@pytest.mark.parametrize("at", [0, 7, 20, 33, 52])
def test_before_between_and_after_interventions(at: int, probe: bool) -> None:
    how = {"script": SCRIPT, "steps": 70, "probe": probe}
    one, two = (small_trainer("dropout=0.1", **how) for _ in range(2))  # type: ignore[arg-type]
    check(one, two, at, 70 - at)


KNOBS: dict[str, tuple[Value, ...]] = {
    "activation": ("relu", "tanh", "gelu"), "regularizer": ("none", "l1", "max_norm"),
    "strength": (1e-3, 0.5), "lr": (1e-3, 0.1), "clip": ("none", "norm:0.1", "value:0.01"),
    "norm": NORMS, "optimizer": OPTIMIZERS, "init": ("he", "orthogonal"), "dropout": (0.0, 0.4),
    "batch_size": (9, 16, "full"), "residual": ("off", "on", "rezero"), "flush": ("on", "off"),
    "rescale": (0.5, 3.0), "shift_bias": ("0:-1",),
}  # fmt: skip
CHANGES = st.sampled_from([(knob, value) for knob, values in KNOBS.items() for value in values])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    script=st.lists(st.tuples(st.integers(0, 29), CHANGES), max_size=6),
    at=st.integers(0, 29),
)
def test_any_moment_of_any_run(script: list[tuple[int, tuple[str, Value]]], at: int) -> None:
    listed = tuple(sorted(((step, *change) for step, change in script), key=lambda i: i[0]))
    one, two = (small_trainer(script=listed, steps=40) for _ in range(2))
    check(one, two, at, 30 - at)


def test_a_state_is_a_copy() -> None:
    trainer = small_trainer("optimizer=adam", "norm=batch", "dropout=0.1")
    advance(trainer, 3)
    taken = snapshot(trainer.training)
    before = {name: array.copy() for name, array in taken.arrays.items()}
    advance(trainer, 30)
    for name, array in taken.arrays.items():
        np.testing.assert_array_equal(array, before[name])


def test_it_holds_all_that_a_step_moves() -> None:
    """Nothing else of the run changes in a step, but for buffers that each step fills anew."""
    trainer = small_trainer("optimizer=adam", "norm=batch", "dropout=0.1", "residual=rezero")
    run = trainer.training.net
    slots = [t for part in (run.plain, run.norm_part, run.gate_part)
             for t in (part.first, part.second)]  # fmt: skip
    moved = [run.parameters.flat, *slots, *run.running.means, *run.running.variances]
    kept = snapshot(trainer.training)
    held = sum(a.nbytes for name, a in kept.arrays.items() if name not in ("order", "dropout"))
    assert held == sum(4 * t.numel() for t in moved)


def test_a_state_of_another_net_is_refused_and_changes_nothing() -> None:
    trainer, other = small_trainer(), small_trainer(width=8)
    before = state(trainer.training.net)
    with pytest.raises(GradtuiError, match=r"does not fit the run .*parameters"):
        restore(trainer.training, snapshot(other.training))
    assert same(state(trainer.training.net), before)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2}, {"knobs": {}}, {"knobs": {"activation": "tanh"}}, {"updates": {}},
        {"batch": {"size": 0, "start": 0, "position": 0}}, {"generator": {"bit_generator": "x"}},
        {"step": "soon"}, {"script": [[1, "depth"]]}, {"script": [[1, "no_knob", 1]]},
    ],
    ids=str,
)  # fmt: skip
def test_a_document_that_makes_no_sense_is_refused(change: dict[str, object]) -> None:
    trainer = small_trainer()
    taken = snapshot(trainer.training)
    with pytest.raises(GradtuiError):
        restore(trainer.training, replace(taken, document=taken.document | change))


@pytest.mark.parametrize("name", ["parameters", "plain.first", "order", "dropout"])
def test_arrays_that_make_no_sense_are_refused(name: str) -> None:
    trainer = small_trainer()
    taken = snapshot(trainer.training)
    wrong = taken.arrays[name].copy()
    for array in (wrong[:-1], np.zeros(7, np.complex128), None):
        arrays = dict(taken.arrays)
        if array is None:
            del arrays[name]
        else:
            arrays[name] = array
        with pytest.raises(GradtuiError, match="does not fit"):
            restore(trainer.training, replace(taken, arrays=arrays))


def test_an_order_that_is_no_permutation_is_refused() -> None:
    trainer = small_trainer()
    taken = snapshot(trainer.training)
    order = taken.arrays["order"].copy()
    order[0] = order[1]
    with pytest.raises(GradtuiError, match="permutation"):
        restore(trainer.training, replace(taken, arrays={**taken.arrays, "order": order}))


def test_zeros_take_no_memory_and_come_back_to_the_last_bit() -> None:
    trainer = small_trainer("momentum=0", steps=1000)
    advance(trainer, 3)
    net, taken = trainer.training.net, snapshot(trainer.training)
    assert taken.arrays["plain.first"].shape == net.plain.first.shape
    saved = net.plain.first.nbytes + net.plain.second.nbytes
    assert held(taken) <= sum(a.nbytes for a in taken.arrays.values()) - saved
    net.plain.first.fill_(-0.0)
    minus = snapshot(trainer.training)
    assert np.signbit(minus.arrays["plain.first"]).all()
    net.plain.second.fill_(7)
    restore(trainer.training, taken)
    for slot in (net.plain.first, net.plain.second):
        assert not slot.view(torch.uint8).any()
