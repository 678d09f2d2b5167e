"""Conditions ask for what the screen shows."""

from __future__ import annotations

import dataclasses

import pytest

from gradtui.core.records import Applied, Eval, Finding, State
from gradtui.core.state import RunState
from gradtui.demos.conditions import condition
from tests.tui.fake_source import frame, info


@pytest.fixture
def state() -> RunState:
    state = RunState(info())
    finding = Finding(name="vanishing", step=5, first=0, last=None, layers=("fc1",), evidence=())
    state.reduce([
        State(word="training"), frame([0, 1, 2]), finding,
        Eval(step=3, when="epoch", loss=0.5, accuracy=0.8),
        Applied(step=3, knob="activation", old="sigmoid", value="tanh"),
    ])  # fmt: skip
    return state


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("step 2", True), ("step 3", False), ("step > 1", True), ("accuracy > 0.7", True),
        ("accuracy > 0.8", False), ("accuracy >= 0.8", True), ("loss < 0.5", False),
        ("loss<=0.5", True), ("verdict vanishing", True), ("verdict vanishing is gone", False),
        ("verdict dead", False), ("verdict dead is gone", True), ("verdict not finite", False),
        ("state is training", True), ("state is not training", False),
        ("state is not finite", False), ("state is not not finite", True),
        ("knob activation is tanh", True), ("knob activation is sigmoid", False),
        ("step 2 and accuracy > 0.7", True), ("step 2 and accuracy > 0.9", False),
    ],
)  # fmt: skip
def test_met(state: RunState, text: str, met: bool) -> None:
    assert condition(text).met(state) is met


def test_a_finding_that_has_ended_is_gone(state: RunState) -> None:
    state.reduce([dataclasses.replace(state.findings["vanishing"], last=2)])
    assert condition("verdict vanishing is gone").met(state)


def test_nothing_is_met_before_there_is_a_number() -> None:
    fresh = RunState(info())
    for text in ("step 0", "accuracy > 0", "accuracy < 1", "train loss < 9", "loss > 0"):
        assert not condition(text).met(fresh)
    assert condition("step 0").instead(fresh) == "step is nan at step -"


def test_what_there_is_instead_is_said(state: RunState) -> None:
    assert condition("step 2 and accuracy > 0.9").instead(state) == "accuracy is 0.8 at step 2"
    assert condition("verdict dead").instead(state) == "dead does not hold at step 2"
    assert condition("knob activation is relu").instead(state) == "activation is tanh at step 2"
    assert condition("state is paused").instead(state) == "the state is training at step 2"
