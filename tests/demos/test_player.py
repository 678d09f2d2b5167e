"""The player: captions, keys and conditions, in their order and at their time."""

from __future__ import annotations

import asyncio

import pytest

from gradtui.core.errors import GradtuiError
from gradtui.core.records import State
from gradtui.core.state import RunState
from gradtui.demos.clock import DemoClock, DemoLoop
from gradtui.demos.player import play
from gradtui.demos.script import read
from tests.tui.fake_source import frame, info


class Stage:
    """Notes what is done on it, and when; every second a step is made."""

    def __init__(self, clock: DemoClock) -> None:
        self.clock, self.done = clock, list[tuple[float, str]]()
        self._state = RunState(info())
        self._state.reduce([State(word="training")])

    @property
    def state(self) -> RunState:
        step = int(self.clock.now())
        if self._state.step != step:
            self._state.reduce([frame([step])])
        return self._state

    def fail(self) -> None:
        self._state.reduce([State(word="failed", cause="no more memory")])

    def press(self, key: str) -> None:
        self.done.append((round(self.clock.now(), 2), key))

    def caption(self, text: str) -> None:
        self.done.append((round(self.clock.now(), 2), f"[{text}]"))


def played(text: str, *, fails: bool = False) -> Stage:
    clock = DemoClock(None)
    stage = Stage(clock)
    if fails:
        stage.fail()
    with asyncio.Runner(loop_factory=lambda: DemoLoop(clock)) as runner:
        runner.run(play(read("x", text), stage))
    return stage


def test_all_in_its_order_and_time() -> None:
    stage = played(
        '[[scene]]\ncaption = "one"\npress = "a b"\nevery = 0.5\nuntil = "step 4"\nwait = 1.5\n'
        '[[scene]]\ncaption = ""\ntype = "x y"\nevery = 0.1\n'
    )
    # a condition is looked at twenty times a second, so 4.0 becomes 4.0 to 4.05
    at = stage.done[3][0]
    assert 5.5 <= at <= 5.56
    assert [what for _, what in stage.done] == ["[one]", "a", "b", "[]", "x", "space", "y"]
    assert [when for when, _ in stage.done[:3]] == [0, 0, 0.5]
    assert [round(when - at, 2) for when, _ in stage.done[4:]] == [0, 0.1, 0.2]


def test_a_condition_that_is_not_met_in_its_time_is_named() -> None:
    text = '[[scene]]\nwait = 1\n[[scene]]\nuntil = "step 9"\nwithin = 3\n'
    with pytest.raises(GradtuiError) as told:
        played(text)
    assert str(told.value) == "x, line 3: 'step 9' was not met within 3 s (step is 4 at step 4)."


def test_a_run_that_fails_is_not_waited_for() -> None:
    with pytest.raises(GradtuiError, match="x, line 1: the run failed: no more memory"):
        played('[[scene]]\nuntil = "step 900"\nwithin = 3000\n', fails=True)
