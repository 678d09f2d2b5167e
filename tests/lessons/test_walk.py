"""What ticks a task off: the run's own records, never a key; and it stays ticked."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest

from gradtui import catalog
from gradtui.catalog import walk
from gradtui.catalog.knobs import knob
from gradtui.catalog.measures import MEASURES
from gradtui.catalog.specs import Request, build_spec
from gradtui.catalog.walk import Walk
from gradtui.core.lesson import Expectation, Lesson
from gradtui.core.records import Applied
from gradtui.core.state import RunState
from gradtui.tui.actions import ACTIONS
from tests.tui import scenes

NAMES = catalog.names("lessons")


def lessons() -> list[Lesson]:
    return [catalog.lesson(name) for name in NAMES]


def test_every_experiment_has_a_lesson_and_every_lesson_an_experiment() -> None:
    assert {one.experiment for one in lessons()} == set(catalog.names("experiments"))
    for one in lessons():
        spec = build_spec(Request(one.experiment, sets=one.sets))
        for task in one.tasks:
            for name, value in task.press:
                assert knob(name).read(str(value)) == value
                assert name not in spec.locked()


def test_what_a_task_names_is_there() -> None:
    ids = {action.id for action in ACTIONS}
    for one in lessons():
        assert one.tasks
        assert one.source
        for task in one.tasks:
            assert task.steps > 0
            assert task.expect
            assert ("{key}" in task.say) == bool(task.key)
            assert not task.key or task.key in ids
            assert {expected.measure for expected in task.expect} <= set(MEASURES)
            known = {*MEASURES, "hidden", "classes", "lr"}
            assert set(re.findall(r"{(\w+)}", task.formula)) <= known


def vanishing() -> tuple[Walk, RunState]:
    return Walk(catalog.lesson("vanishing")), RunState(scenes.info(16))


def test_a_lesson_is_ticked_off_by_what_the_run_shows() -> None:
    on, state = vanishing()
    assert not on.follow(state)
    state.reduce(scenes._chance(0, 99, 16))
    assert on.follow(state)
    assert on.marks == ["done", "on"]
    assert not on.pressed(state)
    state.reduce([Applied(step=100, knob="activation", old="sigmoid", value="relu")])
    assert not on.follow(state)
    state.reduce([Applied(step=100, knob="activation", old="relu", value="tanh")])
    assert on.pressed(state)
    assert not on.follow(state), "nothing has been measured since"
    state.reduce(scenes._learning(100, 399, 16))
    assert on.follow(state)
    assert (on.marks, on.over) == (["done", "done"], True)
    assert on.seen[0][1:] == ("+0.63", "8.1 %"), "as it was then"
    assert not on.follow(state)


def test_who_runs_ahead_is_not_held_back() -> None:
    on, state = vanishing()
    state.reduce(scenes._chance(0, 9, 16))
    state.reduce([Applied(step=10, knob="activation", old="sigmoid", value="tanh")])
    assert on.follow(state)
    assert on.marks == ["passed", "on"]
    assert on.pressed(state)
    state.reduce(scenes._learning(10, 309, 16))
    on.follow(state)
    assert on.marks == ["passed", "done"]


def test_an_undo_takes_a_press_back_and_another_one_counts() -> None:
    on, state = vanishing()
    state.reduce(scenes._chance(0, 99, 16))
    on.follow(state)
    change = Applied(step=100, knob="activation", old="sigmoid", value="tanh")
    lr = Applied(step=100, knob="lr", old=0.01, value=0.03)
    on, state.markers = Walk(on.lesson), [lr]
    on.follow(state)
    state.reduce(scenes._chance(100, 199, 16))
    assert on.follow(state)
    state.markers = []
    assert not on.follow(state)
    state.markers = [change]
    assert not on.follow(state)
    assert on.pressed(state)


def test_back_and_forth_while_looking_skips_nothing() -> None:
    """The last task of softmax asks for the rate that it began with."""
    on, state = Walk(catalog.lesson("softmax")), RunState(scenes.info(1, knobs={"lr": 1.0}))
    ladder = [1.0, 3.0, 10.0, 30.0, 10.0, 3.0, 1.0]
    for old, value in pairwise(ladder[:3]):
        state.reduce([Applied(step=3, knob="lr", old=old, value=value)])
        assert not on.follow(state)
    state.reduce([Applied(step=3, knob="lr", old=10.0, value=30.0)])
    assert on.follow(state)
    assert on.marks == ["passed", "on", "open"]
    for old, value in pairwise(ladder[3:]):
        state.reduce([Applied(step=3, knob="lr", old=old, value=value)])
        on.follow(state)
    assert on.marks == ["passed", "passed", "on"]


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (Expectation("slope", 0.55, 0.7), "+0.55 … +0.70"),
        (Expectation("test_accuracy", 0.9), "≥ 90.0 %"),
        (Expectation("train_loss", high=0.4), "≤ 0.400"),
        (Expectation("vanishing", high=0), "no"),
        (Expectation("dying", 1), "yes"),
    ],
)
def test_bounds_in_words(expected: Expectation, words: str) -> None:
    assert walk.bounds(expected) == words


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_of_an_empty_run_ticks_nothing(name: str) -> None:
    state = RunState(scenes.info(16))
    value = MEASURES[name].read(state)
    assert math.isnan(value) or value == 0
    assert MEASURES[name].show(value)


@pytest.mark.parametrize("name", NAMES)
def test_formulas_have_numbers(name: str) -> None:
    state = scenes.cured(16).state
    for task in catalog.lesson(name).tasks:
        assert "{" not in walk.formula(task, state)
