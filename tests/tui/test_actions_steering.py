"""Turns start from the last value asked for; what cannot be done is said in a sentence."""

from __future__ import annotations

import pytest

from gradtui import catalog
from gradtui.core.commands import Pause, Resume, Set
from gradtui.core.errors import UsageError
from gradtui.core.records import Applied, End, Notice, Record, State, Value
from gradtui.core.state import RunState
from gradtui.tui.steering import CHOICES, HIGHEST, LOWEST, Steering
from tests.tui.fake_source import info


@pytest.fixture
def steering() -> Steering:
    return Steering(RunState(info()))


def applied(steering: Steering, knob: str, value: Value) -> None:
    record = Applied(step=0, knob=knob, old=steering.state.knobs[knob], value=value)
    steering.state.reduce([record])
    steering.heard(record)


def test_two_quick_turns_go_two_forward(steering: Steering) -> None:
    order = catalog.names("activations")
    assert steering.turn("activation", up=True) == Set("activation", order[1])
    assert steering.turn("activation", up=True) == Set("activation", order[2])
    assert steering.state.knobs["activation"] == order[0]
    applied(steering, "activation", order[1])
    assert steering.waiting
    assert steering.turn("activation", up=False) == Set("activation", order[1])


def test_an_answer_of_another_value_ends_the_waiting(steering: Steering) -> None:
    steering.turn("lr", up=True)
    applied(steering, "lr", 0.5)
    assert not steering.waiting
    assert steering.turn("lr", up=True) == Set("lr", 1.0)


@pytest.mark.parametrize("last", [
    State(word="failed", cause="its process is gone"),
    End(steps=1, accuracy=0.1, state="finished"),
])  # fmt: skip
def test_a_run_that_is_over_answers_nothing_any_more(steering: Steering, last: Record) -> None:
    steering.turn("activation", up=True)
    steering.travel(-1)
    steering.heard(last)
    assert not steering.asked
    assert not steering.waiting


def test_a_notice_takes_back_what_it_refuses_and_nothing_else(steering: Steering) -> None:
    asked = steering.turn("lr", up=True).value
    steering.turn("norm", up=True)
    steering.travel(-1)
    steering.heard(Notice(text="the run is not saved"))
    assert set(steering.asked) == {"lr", "norm"}
    steering.heard(Notice(text="norm cannot be changed", refused="norm"))
    assert steering.wanted("norm") == "none"
    assert steering.asked == {"lr": asked}
    applied(steering, "lr", asked)
    assert steering.waiting
    steering.heard(Notice(text="nothing to undo", refused="undo"))
    assert not steering.waiting


def test_two_presses_of_which_one_is_refused_wait_for_both(steering: Steering) -> None:
    steering.turn("norm", up=True)
    last = steering.turn("norm", up=True).value
    steering.heard(Notice(text="no", refused="norm"))
    assert steering.asked == {"norm": last}
    applied(steering, "norm", last)
    assert not steering.waiting


@pytest.mark.parametrize("knob", sorted(CHOICES))
def test_a_cycle_visits_every_choice_and_comes_back(steering: Steering, knob: str) -> None:
    choices = CHOICES[knob]()
    seen = [steering.turn(knob, up=True).value for _ in choices]
    assert sorted(map(str, seen)) == sorted(choices)
    assert seen[-1] == steering.state.knobs[knob]
    back = [steering.turn(knob, up=False).value for _ in choices]
    assert back == [*seen[-2::-1], seen[-1]]


def test_a_value_outside_the_cycle_leads_to_its_first_choice(steering: Steering) -> None:
    applied(steering, "clip", "norm:5")
    assert steering.turn("clip", up=True) == Set("clip", "none")


def test_learning_rate_climbs_the_ladder(steering: Steering) -> None:
    ups = [steering.turn("lr", up=True).value for _ in range(4)]
    assert ups == [0.03, 0.1, 0.3, 1.0]


@pytest.mark.parametrize(("up", "end"), [(True, HIGHEST), (False, LOWEST)])
def test_the_ladder_of_lr_has_ends(steering: Steering, up: bool, end: float) -> None:
    applied(steering, "lr", end)
    with pytest.raises(UsageError, match="the keys go"):
        steering.turn("lr", up=up)


def test_strength_starts_at_the_default_of_the_regularizer(steering: Steering) -> None:
    with pytest.raises(UsageError, match="needs a regularizer"):
        steering.turn("strength", up=True)
    applied(steering, "regularizer", "l1")
    assert steering.turn("strength", up=True) == Set("strength", catalog.regularizer("l1").strength)


def test_strength_goes_down_to_zero(steering: Steering) -> None:
    applied(steering, "regularizer", "l2")
    applied(steering, "strength", LOWEST)
    assert steering.turn("strength", up=False) == Set("strength", 0.0)
    with pytest.raises(UsageError, match="0 already"):
        steering.turn("strength", up=False)


def test_pausing_twice_quickly_goes_on(steering: Steering) -> None:
    steering.state.reduce([State(word="training")])
    assert [steering.toggle(), steering.toggle()] == [Pause(), Resume()]


@pytest.mark.parametrize("word", ["paused", "not finite", "finished"])
def test_space_goes_on_from_every_stop(steering: Steering, word: str) -> None:
    steering.state.reduce([State(word=word)])  # type: ignore[arg-type]
    assert steering.toggle() == Resume()


def test_after_a_step_the_run_is_paused(steering: Steering) -> None:
    steering.state.reduce([State(word="training")])
    steering.step()
    assert steering.toggle() == Resume()


def test_a_failed_run_takes_no_commands(steering: Steering) -> None:
    steering.state.reduce([State(word="failed")])
    for deed in (steering.toggle, steering.step, lambda: steering.turn("lr", up=True)):
        with pytest.raises(UsageError, match="failed"):
            deed()


def test_a_locked_knob_says_why() -> None:
    steering = Steering(RunState(info(locked={"activation": "a softmax has none"})))
    with pytest.raises(UsageError, match=r"activation cannot be changed here: a softmax has none"):
        steering.turn("activation", up=True)
    assert not steering.waiting
