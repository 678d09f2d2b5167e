"""Undo and redo: the run stands where it stood, to the last bit, and the record says so."""

from __future__ import annotations

import numpy as np
import pytest

from gradtui.core.commands import Pause, Redo, Resume, Set, Undo
from gradtui.core.memory import Thrift
from gradtui.core.outbox import Outbox
from gradtui.core.records import Applied, Branch, Eval, Frame, Notice, Record, State
from gradtui.engine.branching import redo, undo
from gradtui.engine.checkpoint import snapshot
from gradtui.engine.resumption import Resumption
from gradtui.engine.trainer import Trainer
from gradtui.engine.undo import Past, Undos
from tests.engine.nets import (
    CPU,
    advance,
    held,
    losses,
    of,
    same,
    small_data,
    small_spec,
    small_trainer,
    state,
)


def trained(*sets: str, steps: int = 12) -> Trainer:
    trainer = small_trainer(*sets, endless=True, steps=1000)
    advance(trainer, steps)
    return trainer


def told(trainer: Trainer) -> list[Record]:
    return trainer.outbox.drain()


@pytest.mark.parametrize(
    ("knob", "value"),
    [("activation", "relu"), ("init", "he"), ("optimizer", "adam"), ("norm", "batch"),
     ("batch_size", 5), ("rescale", 3.0), ("regularizer", "l1"), ("strength", 0.1)],
)  # fmt: skip
def test_undo_goes_back_and_on_as_if_the_intervention_had_never_been(
    knob: str, value: str | float
) -> None:
    trainer, twin = trained("dropout=0.1"), trained("dropout=0.1")
    before = state(trainer.training.net)
    trainer.training.apply(knob, value)
    advance(trainer, 9)
    assert undo(trainer.training)
    assert trainer.training.step == 12
    assert same(state(trainer.training.net), before)
    assert trainer.training.net.knobs == twin.training.net.knobs
    told(trainer)
    np.testing.assert_array_equal(losses(advance(trainer, 20)), losses(advance(twin, 20)))
    assert same(state(trainer.training.net), state(twin.training.net))


def test_what_the_record_says() -> None:
    trainer = trained()
    trainer.training.apply("regularizer", "l2")
    advance(trainer, 5)
    undo(trainer.training)
    records = told(trainer)
    (branch,) = of(Branch, records)
    assert (branch.how, branch.branch, branch.parent) == ("undo", 1, 0)
    assert (branch.step, branch.since, branch.left) == (12, 12, 17)
    assert [(c.knob, c.old, c.value) for c in branch.changes] == [
        ("regularizer", "none", "l2"), ("strength", 0.0, 1e-3),
    ]  # fmt: skip
    assert branch.knobs == trainer.training.net.knobs
    assert branch.knobs["regularizer"] == "none"
    evals = [(e.step, e.when, e.branch) for e in of(Eval, records)]
    assert evals == [(17, "before", 0), (12, "after", 1)]
    frames = of(Frame, advance(trainer, 3))
    assert {frame.branch for frame in frames} == {1}
    assert frames[0].steps[0] == 12


def test_several_undos_walk_back_and_redo_walks_forward() -> None:
    trainer = trained()
    states = [state(trainer.training.net)]
    for knob, value in (("lr", 0.1), ("activation", "relu"), ("clip", "norm:1")):
        trainer.training.apply(knob, value)
        advance(trainer, 4)
        states.append(state(trainer.training.net))
    for steps in (20, 16, 12):
        assert undo(trainer.training)
        assert trainer.training.step == steps
        assert same(state(trainer.training.net), states.pop(-2))
    assert not undo(trainer.training)
    told(trainer)
    for steps, lr in ((16, 0.1), (20, 0.1), (24, 0.1)):
        assert redo(trainer.training)
        assert trainer.training.step == steps
        assert trainer.training.net.knobs["lr"] == lr
    assert same(state(trainer.training.net), states.pop())
    assert not redo(trainer.training)
    redone = of(Branch, told(trainer))
    assert [b.branch for b in redone] == [4, 5, 6]
    assert [b.parent for b in redone] == [2, 1, 0]
    assert [b.since for b in redone] == [12, 16, 20]
    assert undo(trainer.training)
    assert trainer.training.step == 20


def test_a_new_intervention_ends_redo() -> None:
    trainer = trained()
    trainer.training.apply("lr", 0.1)
    undo(trainer.training)
    trainer.training.apply("lr", 0.2)
    told(trainer)
    assert not redo(trainer.training)
    (notice,) = of(Notice, told(trainer))
    assert notice.text == "nothing to redo: no undo since the last intervention."


def test_an_undone_script_is_not_done_again() -> None:
    trainer = small_trainer(endless=True, steps=100, script=((5, "shift_bias", "0:-9"),))
    advance(trainer, 10)
    told(trainer)
    undo(trainer.training)
    records = advance(trainer, 10)
    assert trainer.training.step == 15
    assert not of(Applied, records)


def test_the_first_undo_and_the_first_redo_have_nothing_to_do() -> None:
    trainer = trained()
    before = state(trainer.training.net)
    told(trainer)
    assert not undo(trainer.training)
    assert not redo(trainer.training)
    assert [(n.text.split(":")[0], n.refused) for n in of(Notice, told(trainer))] == [
        ("nothing to undo", "undo"), ("nothing to redo", "redo"),
    ]  # fmt: skip
    assert same(state(trainer.training.net), before)


def test_memory_is_bounded_in_number_and_in_bytes() -> None:
    trainer = trained()
    two = [snapshot(trainer.training)]
    advance(trainer, 1)
    two.append(snapshot(trainer.training))
    for undos, kept in ((Undos(most=3), 3), (Undos(room=held(*two)), 2), (Undos(room=1), 1)):
        for _ in range(5):
            advance(trainer, 1)
            undos.keep(snapshot(trainer.training), ())
        trainer.training.undos = undos
        done = 0
        while undo(trainer.training):
            done += 1
        assert done == kept
        notice = of(Notice, told(trainer))[-1]
        assert notice.text.startswith("undo can go no further back: states of at most")


def run_commands(trainer: Trainer, *commands: object, steps: int = 0) -> list[Record]:
    """What a person asks for, one after the other; the run trains, unless told otherwise."""
    trainer.word = "training" if trainer.word == "starting" else trainer.word
    for command in commands:
        trainer._carry_out(command)  # type: ignore[arg-type]
    return advance(trainer, steps) if steps else told(trainer)


def test_not_finite_is_undone_and_training_goes_on() -> None:
    trainer = trained("activation=identity")
    run_commands(trainer, Set("rescale", 1e30))
    assert of(State, advance(trainer, 1))[-1].word == "not finite"
    records = run_commands(trainer, Undo())
    assert of(State, records)[-1].word == "training"
    assert trainer.training.step == 12
    assert np.isfinite(losses(advance(trainer, 20))).all()
    assert trainer.word == "training"


def test_a_paused_run_stays_paused() -> None:
    trainer = trained()
    run_commands(trainer, Set("lr", 0.1), steps=3)
    run_commands(trainer, Pause(), Undo(), Redo(), Undo())
    assert trainer.word == "paused"
    assert trainer.training.step == 12


def test_a_run_that_was_told_to_go_on_does_so_after_undo() -> None:
    """Its length is no stop any more; else the length comes back with the state."""
    for resumed in (False, True):
        trainer = small_trainer(endless=True, steps=12)
        advance(trainer, 8)
        run_commands(trainer, Set("lr", 0.02))
        advance(trainer, 4)
        trainer._finish()
        if resumed:
            run_commands(trainer, Resume())
        run_commands(trainer, Undo())
        assert trainer.word == "training"
        assert trainer.training.step == 8
        assert trainer.training.end == (-1 if resumed else 12)


def test_a_paused_run_gives_back_what_an_intervention_has_left() -> None:
    trainer, given = trained(), []
    trainer.training.thrift = Thrift(give_back=lambda: given.append(trainer.word))
    run_commands(trainer, Pause())
    trainer.commands.put(Set("lr", 0.1))
    trainer._turn()
    assert given == ["paused"]


@pytest.mark.parametrize(("longer", "end"), [(True, 30), (False, 12)])
def test_an_undo_behind_a_longer_length_keeps_that(longer: bool, end: int) -> None:
    trainer = small_trainer(steps=12)
    advance(trainer, 5)
    trainer.training.apply("lr", 0.02)
    past = Past(trainer.training.undos.back(snapshot(trainer.training), 0).before, (), 1)
    trainer.training.undos.forward()
    advance(trainer, 7)
    state = snapshot(trainer.training)
    again = Trainer(
        small_spec(steps=30), Outbox(10_000), resumption=Resumption(state, longer, (past,))
    )
    again.open(small_data(), CPU)
    assert undo(again.training)
    assert again.training.step == 5
    assert (again.training.length, again.training.end) == (end, end)
