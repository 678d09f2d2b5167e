"""A run in step with a clock: so many steps a second, and the same numbers as any other run."""

from __future__ import annotations

import time

import numpy as np
import pytest

from gradtui.catalog.specs import Request, build_spec
from gradtui.core.commands import Pause, Resume, Set
from gradtui.core.outbox import Outbox
from gradtui.core.records import Applied, Frame, Record, State
from gradtui.engine.trainer import Trainer
from gradtui.sources.lockstep import OPENING, LockstepSource

SPEC = build_spec(Request("dead-relu", steps=1000, device="cpu"))
RATE = 100.0


class Clock:
    """A clock that is turned by hand; it can be asked whether anybody holds it."""

    def __init__(self) -> None:
        self.seconds, self.holds = 0.0, 0

    def now(self) -> float:
        return self.seconds

    def hold(self) -> None:
        self.holds += 1

    def release(self) -> None:
        self.holds -= 1

    def turn(self, source: LockstepSource, seconds: float) -> list[Record]:
        """Let time pass, poll, and wait until the clock is free again."""
        self.seconds += seconds
        told = source.poll()
        end = time.monotonic() + 60
        while self.holds:
            assert time.monotonic() < end
            time.sleep(0.001)
        return told


@pytest.fixture
def clock() -> Clock:
    return Clock()


def begun(clock: Clock) -> tuple[LockstepSource, list[Record]]:
    source = LockstepSource(SPEC, clock, RATE)
    source.start()
    told = clock.turn(source, 0)
    assert [type(record) for record in told] == [State]
    assert clock.turn(source, OPENING / 2) == []
    assert clock.turn(source, OPENING) == []
    return source, clock.turn(source, 0.1)


def steps(told: list[Record]) -> list[int]:
    return [int(n) for record in told if isinstance(record, Frame) for n in record.steps]


def test_so_many_steps_a_second_and_not_one_more(clock: Clock) -> None:
    source, told = begun(clock)
    try:
        assert steps(told) == []
        assert steps(clock.turn(source, 0.1)) == list(range(10))
        assert steps(clock.turn(source, 0.255)) == list(range(10, 20))
        assert steps(clock.turn(source, 0.005)) == list(range(20, 45))
        assert steps(clock.turn(source, 0)) == [45]  # two halves are one
        assert steps(clock.turn(source, 0)) == []
    finally:
        source.close()


def test_a_paused_run_makes_no_step_and_owes_none(clock: Clock) -> None:
    source, _ = begun(clock)
    try:
        source.send(Pause())
        told = [*clock.turn(source, 0.5), *clock.turn(source, 0.5)]
        assert steps(told) == list(range(10))  # of before it was asked
        assert [r.word for r in told if isinstance(r, State)][-1] == "paused"
        source.send(Resume())
        assert steps([*clock.turn(source, 0.1), *clock.turn(source, 0)]) == list(range(10, 20))
    finally:
        source.close()


def test_a_command_comes_before_the_steps_of_its_turn(clock: Clock) -> None:
    source, _ = begun(clock)
    try:
        source.send(Set("activation", "tanh"))
        told = [*clock.turn(source, 0.1), *clock.turn(source, 0.1)]
        (applied,) = (record for record in told if isinstance(record, Applied))
        assert applied.step == 10
    finally:
        source.close()


def test_the_numbers_are_those_of_any_other_run(clock: Clock) -> None:
    source, _ = begun(clock)
    try:
        told = [record for _ in range(12) for record in clock.turn(source, 0.137)]
    finally:
        source.close()
    mine = np.concatenate([record.loss for record in told if isinstance(record, Frame)])
    box = Outbox(10**6, lossless=True)
    Trainer(build_spec(Request("dead-relu", steps=len(mine), device="cpu")), box).run()
    theirs = np.concatenate([r.loss for r in box.drain() if isinstance(r, Frame)])
    assert len(mine) > 100
    assert (mine == theirs).all()


def test_speed_is_the_clocks_and_overhead_is_unknown(clock: Clock) -> None:
    source, _ = begun(clock)
    try:
        told = [*clock.turn(source, 0.2), *clock.turn(source, 0.2)]
    finally:
        source.close()
    frames = [record for record in told if isinstance(record, Frame)]
    assert frames
    for frame in frames:
        assert frame.seconds == pytest.approx(len(frame.steps) / RATE)
        assert np.isnan(frame.probe_seconds)


def test_it_can_be_left_at_any_time(clock: Clock) -> None:
    source = LockstepSource(SPEC, clock, RATE)
    source.close()  # never started
    source = LockstepSource(SPEC, clock, RATE)
    source.start()
    source.close()  # still importing
    source, _ = begun(clock)
    source.poll()
    source.close()  # in the middle of a turn
    assert clock.holds == 0
