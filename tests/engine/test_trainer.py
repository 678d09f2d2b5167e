"""The loop: bit by bit the same, whatever looks at it; what it tells, and in which order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from gradtui import catalog
from gradtui.core.records import Applied, Eval, Frame, Info, Notice, Record, Sample, State, Value
from gradtui.engine import recorder
from gradtui.engine.trainer import Trainer
from tests.engine.nets import advance, losses, of, same, small_trainer, state

SCRIPT: tuple[tuple[int, str, Value], ...] = (
    (7, "activation", "relu"), (7, "regularizer", "l1"), (15, "norm", "batch"),
    (22, "optimizer", "adamw"), (30, "init", "he"), (31, "dropout", 0.3), (40, "batch_size", 9),
    (44, "clip", "norm:0.1"), (50, "rescale", "critical"), (55, "shift_bias", "0:-1"),
)  # fmt: skip


def whole(**how: object) -> tuple[Trainer, list[Record]]:
    trainer = small_trainer("dropout=0.1", script=SCRIPT, steps=70, **how)  # type: ignore[arg-type]
    return trainer, advance(trainer, 70)


@pytest.fixture(scope="module")
def reference() -> tuple[Trainer, list[Record]]:
    with torch.no_grad(), np.errstate(all="ignore"):
        return whole()


@pytest.mark.parametrize(
    "how",
    [{}, {"probe": False}, {"sample_every": 1}, {"sample_every": 1000}, {"endless": True}],
    ids=str,
)
def test_bit_by_bit_the_same(
    how: dict[str, object], reference: tuple[Trainer, list[Record]]
) -> None:
    trainer, records = whole(**how)
    assert same(state(trainer.training.net), state(reference[0].training.net))
    np.testing.assert_array_equal(losses(records), losses(reference[1]))
    assert of(Eval, records) == of(Eval, reference[1])


def test_the_size_of_frames_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, reference: tuple[Trainer, list[Record]]
) -> None:
    monkeypatch.setattr(recorder, "STEPS", 3)
    trainer, records = whole()
    assert same(state(trainer.training.net), state(reference[0].training.net))
    for name in ("grad_norm", "weight_norm", "update_ratio", "bias_rms", "loss", "penalty"):
        one, two = (
            np.concatenate([getattr(f, name) for f in of(Frame, told)])
            for told in (records, reference[1])
        )
        np.testing.assert_array_equal(one, two)


def test_another_seed_is_another_run(reference: tuple[Trainer, list[Record]]) -> None:
    trainer, _ = whole(seed=1)
    flats = trainer.training.net.parameters.flat, reference[0].training.net.parameters.flat
    assert not torch.equal(*flats)


def test_records_leave_in_the_order_of_their_steps(
    reference: tuple[Trainer, list[Record]],
) -> None:
    records = reference[1]
    steps = np.concatenate([frame.steps for frame in of(Frame, records)])
    np.testing.assert_array_equal(steps, np.arange(70))
    for i, record in enumerate(records):
        if isinstance(record, Applied):
            before = [f.steps[-1] for f in of(Frame, records[:i])]
            after = [f.steps[0] for f in of(Frame, records[i:])]
            assert max(before) == record.step - 1
            assert min(after) == record.step
            assert all(s.step < record.step for s in of(Sample, records[:i]))
            assert all(s.step >= record.step for s in of(Sample, records[i:]))
    applied = [(a.step, a.knob, a.value) for a in of(Applied, records)]
    companions = [(7, "strength", 1e-4), (22, "decay", 0.01)]
    assert applied == sorted([*SCRIPT, *companions], key=lambda item: item[0])


def test_evaluations_stand_where_they_should(reference: tuple[Trainer, list[Record]]) -> None:
    found = [(e.step, e.when) for e in of(Eval, reference[1])]
    epochs = [7, 14, 21, 28, 35]  # 100 rows in batches of 16, until step 40
    for step in epochs:
        assert (step, "epoch") in found
    assert found[0] == (0, "start")
    for step, _, _ in SCRIPT:
        assert (step, "before") in found
        assert (step, "after") in found
    assert sum(when == "before" for _, when in found) == len(SCRIPT)


def test_info_comes_first() -> None:
    trainer = small_trainer(steps=5)
    first = trainer.outbox.drain()[0]
    assert isinstance(first, Info)
    assert first.layers == ("fc1", "fc2", "fc3", "fc4", "out")
    assert (first.steps, first.steps_per_epoch, first.classes) == (5, 7, 5)


def test_the_penalty_is_that_of_the_weights_that_made_the_loss() -> None:
    trainer = small_trainer("regularizer=l2", "strength=0.1")
    weights = trainer.training.net.weights.double()
    (frame,) = of(Frame, advance(trainer, 3))
    assert frame.penalty[0] == pytest.approx(0.05 * float(weights.dot(weights)), rel=1e-6)
    assert len(frame.penalty) == 3


def test_a_refused_change_is_a_notice_and_nothing_else() -> None:
    trainer, twin = small_trainer(), small_trainer()
    trainer.outbox.drain()
    assert not trainer.training.apply("shift_bias", "77:1")
    (told,) = trainer.outbox.drain()
    assert isinstance(told, Notice)
    assert "77" in told.text
    assert told.refused == "shift_bias"
    advance(trainer, 5)
    advance(twin, 5)
    assert same(state(trainer.training.net), state(twin.training.net))


@pytest.mark.parametrize(
    ("break_it", "direction", "layer"),
    [
        (lambda t: t.training.net.parameters.weights[2].fill_(3e38), "forward", "fc3"),
        (lambda t: t.training.net.parameters.biases[4].fill_(np.inf), "forward", "out"),
        (lambda t: t.training.net.parameters.weights[0].fill_(np.nan), "forward", "fc1"),
    ],
)
def test_not_finite_names_step_layer_and_direction(
    break_it: object, direction: str, layer: str
) -> None:
    trainer = small_trainer("activation=identity", "lr=0.001", endless=True)
    advance(trainer, 3)
    assert callable(break_it)
    break_it(trainer)
    weights = trainer.training.net.parameters.flat.clone()
    records = advance(trainer, 1)
    (told,) = of(State, records)
    assert told.word == "not finite"
    assert told.cause == f"not finite at step 3, {direction}, first in {layer}"
    assert of(Frame, records)[-1].steps.tolist() == [3]
    torch.testing.assert_close(
        trainer.training.net.parameters.flat, weights, rtol=0, atol=0, equal_nan=True
    )


def test_not_finite_of_one_row_under_batch_norm() -> None:
    trainer = small_trainer("norm=batch", "batch_size=1", endless=True)
    advance(trainer, 2)
    trainer.training.net.parameters.weights[2].fill_(np.nan)
    (told,) = of(State, advance(trainer, 1))
    assert told.cause == "not finite at step 2, forward, first in fc3"


def test_not_finite_on_the_way_back() -> None:
    """A gradient can overflow where every output is a number."""
    trainer = small_trainer("activation=identity", endless=True)
    weights = trainer.training.net.parameters.weights
    weights[0].zero_()  # all outputs are 0
    for weight in weights[1:4]:
        weight.fill_(1e20)
    (told,) = of(State, advance(trainer, 1))
    assert told.cause in {f"not finite at step 0, backward, first in fc{i}" for i in (1, 2)}


def test_not_finite_by_the_penalty_alone() -> None:
    trainer = small_trainer("activation=sigmoid", "regularizer=l2", "strength=1e12", endless=True)
    trainer.training.net.parameters.weights[1].fill_(1e29)
    (told,) = of(State, advance(trainer, 1))
    assert told.cause == "not finite at step 0, in the penalty"


@pytest.mark.parametrize("regularizer", ["none", "l2"])
def test_not_finite_in_a_gate_is_no_fault_of_the_penalty(regularizer: str) -> None:
    """A gate of 0 holds back a branch that is huge, but not its own gradient."""
    trainer = small_trainer("activation=identity", "residual=rezero", f"regularizer={regularizer}",
                            endless=True)  # fmt: skip
    weights = trainer.training.net.parameters.weights
    weights[1].mul_(3e37)
    weights[-1].mul_(1e4)
    (told,) = of(State, advance(trainer, 1))
    assert told.cause == "not finite at step 0, in a norm, a gate or a dropout mask"


@pytest.mark.parametrize("regularizer", ["none", "l2"])
def test_not_finite_in_the_sum_of_a_bias_names_its_layer(regularizer: str) -> None:
    trainer = small_trainer("activation=identity", f"regularizer={regularizer}", endless=True)
    *_, fc4, out = trainer.training.net.parameters.weights
    fc4.zero_()  # so are its outputs
    out[:, 0], out[:, 1:] = 3e38, -3e38
    trainer.training.net.parameters.biases[-1][0] = 30.0  # all but a fifth of the rows are wrong
    (told,) = of(State, advance(trainer, 1))
    assert told.cause == "not finite at step 0, backward, first in fc4"


def test_init_cures_a_net_whose_batch_statistics_overflowed() -> None:
    trainer = small_trainer("norm=batch", endless=True, steps=1000)
    for factor in (1e30, 1e8):
        trainer.training.apply("rescale", factor)
        advance(trainer, 2)
    assert trainer.word == "not finite"
    trainer.training.apply("init", "he")
    records = advance(trainer, 20)
    assert np.isfinite(losses(records)).all()
    assert np.isfinite(trainer.training.net.evaluate()[0])


def test_a_raising_activation_leaves_frames_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = small_trainer("regularizer=l2")
    trainer.outbox.drain()
    trainer.advance()

    def broken(z: Tensor) -> Tensor:
        raise RuntimeError("out of order")

    entry = replace(catalog.activation("tanh"), function=lambda: broken)
    monkeypatch.setattr(trainer.training.net.forward_knobs, "activation", entry.function())
    with pytest.raises(RuntimeError, match="out of order"):
        trainer.advance()
    frame = trainer.training.recorder.flush()
    assert frame is not None
    assert len(frame.penalty) == len(frame.loss) == len(frame.steps) == 1
