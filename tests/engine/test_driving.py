"""Driven by hand: steps one by one, up to the end and beyond it."""

from __future__ import annotations

import numpy as np
import pytest

from gradtui.core.commands import Command, Pause, Resume, Set, Step, Stop
from gradtui.core.records import End, Eval, State
from gradtui.engine.keeping import Keeper
from gradtui.engine.trainer import Trainer
from tests.engine.nets import advance, of, small_trainer


def at_its_last_step(**how: bool) -> Trainer:
    trainer = small_trainer(steps=12, **how)
    trainer.word = "training"
    advance(trainer, 11)
    return trainer


def words(trainer: Trainer, *commands: Command) -> list[str]:
    """What the run says to each of them, at last."""
    found: list[str] = []
    for command in commands:
        trainer._carry_out(command)
        found.append(of(State, trainer.outbox.drain())[-1].word)
    return found


def test_step_by_step_a_lab_comes_to_its_end_and_then_goes_on() -> None:
    lab = at_its_last_step(endless=True)
    assert words(lab, Pause(), Step()) == ["paused", "paused"]
    assert lab.training.step == 12
    lab._carry_out(Step())
    told = lab.outbox.drain()
    assert (of(State, told)[-1].word, of(State, told)[-1].step) == ("finished", 12)
    assert [(e.step, e.when) for e in of(Eval, told)] == [(12, "end")]
    assert words(lab, Step(), Step(), Resume()) == ["paused", "paused", "training"]
    assert (lab.training.step, lab.training.end) == (14, -1)


def test_step_by_step_a_steered_train_ends() -> None:
    run = at_its_last_step()
    words(run, Pause(), Step())
    run._carry_out(Step())
    assert (run.word, run.training.step, run.stopping.is_set()) == ("finished", 12, True)


def test_no_state_is_kept_behind_the_end_of_a_run_that_failed() -> None:
    kept: list[tuple[str, int]] = []
    run = small_trainer("activation=identity", steps=12)
    run.training.keeper = Keeper(run.training, lambda s, kind: kept.append((kind, s.step)), 0.0)
    run.word = "training"
    run._turn()
    run._turn()
    assert kept == [("time", 1), ("time", 2)]
    run.training.net.parameters.flat.fill_(np.nan)
    run._turn()
    assert isinstance(run.outbox.drain()[-1], End)
    assert kept == [("time", 1), ("time", 2)]


@pytest.mark.parametrize("more", [(), (Set("shift_bias", "99:1"),)], ids=["left", "refused"])
def test_a_finished_lab_is_evaluated_once(more: tuple[Command, ...]) -> None:
    lab = small_trainer(steps=12, endless=True)
    lab.word = "training"
    advance(lab, 12)
    lab.advance()
    for command in (*more, Stop()):
        lab._carry_out(command)
    lab._end("finished")
    told = lab.outbox.drain()
    (evaluated,) = [found for found in of(Eval, told) if found.when == "end"]
    (end,) = of(End, told)
    assert (end.state, end.steps, end.accuracy) == ("finished", 12, evaluated.accuracy)


def test_a_lab_that_goes_on_behind_its_end_is_evaluated_again() -> None:
    lab = at_its_last_step(endless=True)
    advance(lab, 1)
    lab.advance()
    words(lab, Resume())
    advance(lab, 30)
    lab.stopping.set()
    lab._end("stopped")
    told = lab.outbox.drain()
    assert [(e.step, e.when) for e in of(Eval, told)][-1] == (42, "end")
    assert of(End, told)[0].accuracy == of(Eval, told)[-1].accuracy
