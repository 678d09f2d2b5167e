"""Runs that went back: what is exported is one way from the start to the newest step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from gradtui.core.records import Applied, Branch, Eval, Frame, Info, Record
from gradtui.engine.branching import redo, undo
from gradtui.headless.export.recording import branches, followed
from tests.engine.nets import advance, losses, of, small_trainer
from tests.headless.recordings import TANH, Recorded, frame, info, opened, undone

ELU = Applied(step=3, knob="activation", old="tanh", value="elu")
LR = Applied(step=1, knob="lr", old=0.1, value=0.2)


def way(*told: Record) -> list[Record]:
    return list(followed(Recorded(info(), told)))


def steps(records: list[Record]) -> list[int]:
    return [int(step) for frame in of(Frame, records) for step in frame.steps]


def values(records: list[Record]) -> list[object]:
    return [applied.value for applied in of(Applied, records)]


def test_what_was_undone_is_left_out() -> None:
    found = list(followed(undone()))
    assert steps(found) == [*range(8)]
    assert losses(found).tolist() == [*range(8)]
    assert not of(Branch, found)
    assert values(found) == ["elu"]


def test_of_two_interventions_before_one_step_the_first_stays() -> None:
    note = Eval(step=3, when="after", loss=1.0, accuracy=0.5)
    later = replace(note, loss=2.0)
    told = (frame(0, 1, 2), TANH, note, ELU, later, frame(3, 4),
            opened(1, parent=0, step=3, change=ELU), frame(3, branch=1))  # fmt: skip
    found = way(*told)
    assert values(found) == ["tanh"]
    assert [e.loss for e in of(Eval, found)] == [1.0]
    assert steps(found) == [0, 1, 2, 3]


def test_several_undos_walk_back() -> None:
    told = (frame(0), LR, frame(1, 2), TANH, frame(3, 4),
            opened(1, parent=0, step=3, change=TANH), frame(3, branch=1),
            opened(2, parent=1, step=1, change=LR), frame(1, branch=2))  # fmt: skip
    assert steps(way(*told[:5])) == [0, 1, 2, 3, 4]
    assert (steps(way(*told[:7])), values(way(*told[:7]))) == ([0, 1, 2, 3], [0.2])
    assert (steps(way(*told)), values(way(*told))) == ([0, 1], [])


def test_two_undos_before_one_step() -> None:
    told = (frame(0, 1, 2), TANH, ELU, frame(3),
            opened(1, parent=0, step=3, change=ELU), opened(2, parent=1, step=3, change=TANH),
            frame(3, branch=2))  # fmt: skip
    assert (steps(way(*told)), values(way(*told))) == ([0, 1, 2, 3], [])


def test_a_redo_goes_on_where_the_undo_left() -> None:
    """Branch 1 came between; the way leads back to branch 0, whole, and on from there."""
    told = (frame(0, 1, 2), TANH, frame(3, 4, 5),
            opened(1, parent=0, step=3, change=TANH), frame(3, branch=1),
            opened(2, parent=0, step=6), frame(6, 7, branch=2))  # fmt: skip
    assert (steps(way(*told)), values(way(*told))) == ([*range(8)], ["tanh"])
    found = branches(told)
    assert (found.newest, found.count, sorted(found.cuts)) == (2, 3, [0, 2])


@torch.no_grad()
def test_of_a_real_run_the_way_is_a_run_that_never_went_back() -> None:
    """Twelve steps, five under another rate; undone, six without; redone, four more with it."""
    trainer, without, under = (small_trainer(endless=True, steps=1000) for _ in range(3))
    told = advance(trainer, 12)
    trainer.training.apply("lr", 0.1)
    told += advance(trainer, 5)
    undo(trainer.training)
    told += advance(trainer, 6)
    np.testing.assert_array_equal(losses(way(*told)), losses(advance(without, 18)))
    assert values(way(*told)) == []
    redo(trainer.training)
    told += advance(trainer, 4)
    straight = advance(under, 12)
    under.training.apply("lr", 0.1)
    straight += advance(under, 9)
    np.testing.assert_array_equal(losses(way(*told)), losses(straight))
    assert steps(way(*told)) == [*range(21)]
    assert values(way(*told)) == [0.1]


@pytest.mark.parametrize("told", [(), (info(),), (frame(0, 1),)])
def test_a_run_that_never_went_back_is_whole(told: tuple[Record, ...]) -> None:
    assert (branches(told).newest, branches(told).count) == (0, 1)
    assert way(*told) == list(told)


def test_branches_without_a_word_of_how_they_began() -> None:
    told = (frame(0, 1, 2, 3), frame(2, 3, branch=1), frame(3, branch=4))
    assert steps(way(*told)) == [0, 1, 2, 3]
    assert [f.branch for f in of(Frame, way(*told))] == [0, 1, 4]


def test_records_that_lead_in_circles_end() -> None:
    told = (frame(0), opened(1, parent=2, step=1), opened(2, parent=1, step=1), frame(5, branch=2))
    assert steps(way(*told)) == [5]


def test_the_newest_word_on_the_run_is_kept() -> None:
    told = (
        info("a"),
        frame(0, layers=1),
        opened(1, parent=0, step=0),
        replace(info("b"), branch=1),
    )
    assert [i.layers for i in of(Info, way(*told))] == [("a",), ("b",)]
