"""Evaluations are bounded, and none that anything asks for is lost."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from gradtui.core.evaluations import CAPACITY, thinned
from gradtui.core.records import Applied, Eval, When
from gradtui.core.state import RunState
from gradtui.headless import report
from tests.tui import scenes


def at(step: int, when: When = "epoch") -> Eval:
    return Eval(step=step, when=when, loss=1 / (step + 1), accuracy=step / 1e7)


def run(epochs: int, every: int, markers: list[int]) -> tuple[RunState, list[Eval]]:
    """A run state, and all that it was told."""
    told = [at(0, "start")]
    for step in range(every, epochs * every, every):
        for marker in markers:
            if step - every < marker <= step:
                told += [at(marker, "before"), at(marker, "after")]
        told.append(at(step))
    state = RunState(scenes.info(4))
    for record in told:
        if record.when == "after":
            state.reduce([Applied(step=record.step, knob="lr", old=0.1, value=0.2)])
        state.reduce([record])
    return state, told


@pytest.mark.parametrize("seed", range(6))
def test_a_long_run_keeps_few_and_those_that_matter(seed: int) -> None:
    choice = random.Random(seed)
    every = choice.choice([1, 7, 40])
    markers = sorted(choice.sample(range(1, 20_000 * every), 12))
    state, told = run(20_000, every, markers)
    assert len(state.evals) <= CAPACITY
    assert state.evals[-1] == told[-1]
    assert [e for e in state.evals if e.when != "epoch"] == [e for e in told if e.when != "epoch"]
    assert [e.step for e in state.evals] == sorted(e.step for e in state.evals)
    gaps = [two.step - one.step for one, two in pairwise(state.evals)]
    assert max(gaps) <= 20_000 * every / 200, "nothing that a column would miss"


def test_what_the_summary_says_of_an_intervention_is_the_same() -> None:
    markers = [100, 5_000, 5_001, 60_000]
    state, told = run(20_000, 5, markers)
    assert len(state.evals) < len(told)
    bare = RunState(scenes.info(4))
    bare.markers = state.markers
    bare.evals = told
    assert report._interventions(state) == report._interventions(bare)


def test_nothing_but_interventions_is_bounded_too() -> None:
    evals = [at(step // 2, ("before", "after")[step % 2]) for step in range(5_000)]
    assert thinned(evals, 100) == evals[-100:]


def test_short_runs_keep_everything() -> None:
    state, told = run(CAPACITY, 3, [])
    assert state.evals == told
