"""The bridge reduces, examines and repaints at its rates, whatever goes wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from gradtui.core.records import Applied, Eval, Finding, Frame, Notice, Record, State
from gradtui.core.state import RunState
from gradtui.doctor.doctor import Doctor as RealDoctor
from gradtui.tui.bridge import IDLE, IMPORTING, MESSAGE_SECONDS, MODEST, QUICK, Bridge
from gradtui.tui.link import Link
from gradtui.tui.view import View
from tests.tui.fake_source import FakeSource, frame, sample
from tests.tui.specimens import specimen


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """A bridge with a frozen clock; `painted` holds the `numbers` of every repaint.

    Each repaint is `cost` seconds of work.
    """

    def __init__(
        self,
        *,
        fps: int | None = None,
        doctor: object = None,
        cost: float = 0,
        crowded: bool | None = None,
    ) -> None:
        self.source = FakeSource()
        self.clock = Clock()
        self.painted: list[bool] = []
        self.view = View(RunState(self.source.info))
        self.bridge = Bridge(
            self.source, self.view, self.painted.append, fps=fps, clock=self.clock,
            crowded=None if crowded is None else lambda: crowded,
            spent=lambda: cost * len(self.painted),
            doctor=None if doctor is None else lambda: doctor,  # type: ignore[arg-type, return-value]
        )  # fmt: skip

    def play(self, seconds: float, records: Iterable[Record] = ()) -> None:
        """One frame a poll, at the idle rate."""
        self.source.queue += records
        for _ in range(round(seconds / IDLE)):
            self.source.queue.append(frame([self.source.step]))
            self.source.step += 1
            self.bridge.tick()
            self.clock.now += IDLE


def test_a_specimen_that_was_chosen_is_seen_at_once_and_any_other_in_its_turn() -> None:
    bench = Bench()
    bench.play(3, [specimen(0, layer=3)])
    for record, seen in (
        (specimen(1, layer=3), False),
        (specimen(2, layer=4), True),
        (specimen(3, layer=4), False),
        (specimen(4, layer=4, ahead=True), True),
    ):
        bench.clock.now += 0.001
        bench.bridge.tick()  # what was due is painted
        before = len(bench.painted)
        bench.source.queue.append(record)
        bench.bridge.tick()
        assert (len(bench.painted) > before) is seen


def test_a_viewer_takes_in_at_once_what_came_before_it_may_paint() -> None:
    """Each repaint costs 50 ms: it looks again when it may paint again, and never in a hurry."""
    bench = Bench(crowded=False, cost=0.05)
    for step in (0, 1):  # what a repaint costs is known at the next
        bench.source.queue.append(frame([step]))
        pause = bench.bridge.tick()
        bench.clock.now += pause + 0.001
    assert pause == pytest.approx(0.4)
    bench.clock.now += bench.bridge.tick() + 0.001  # the numbers have a rate of their own
    assert bench.bridge.tick() == MODEST
    painted = len(bench.painted)
    bench.clock.now += MODEST
    bench.source.queue += [frame([2]), frame([3])]
    bench.bridge.tick()
    assert len(bench.painted) == painted + 1
    assert bench.view.state.step == 3


def test_lanes_and_numbers_have_their_rates() -> None:
    bench = Bench()
    bench.play(10)
    assert 50 <= len(bench.painted) <= 81
    assert 16 <= sum(bench.painted) <= 21


def test_a_slow_line_is_painted_less_often_and_only_when_all_has_arrived() -> None:
    bench = Bench()
    link = bench.view.link = Link(forced=True, clock=bench.clock)
    bench.play(20)
    assert 30 <= len(bench.painted) <= 41
    assert 8 <= sum(bench.painted) <= 11
    link.wrote(4_000)  # which nobody answers: a quiet second, and it goes on
    before = len(bench.painted)
    bench.play(0.9)
    assert len(bench.painted) == before
    bench.play(0.05, [State(word="paused")])
    assert len(bench.painted) == before + 1, "a word is seen at once"


def test_a_screen_that_costs_much_is_painted_less_often_but_twice_a_second() -> None:
    cheap, dear, dearest = Bench(cost=0.008), Bench(cost=0.016), Bench(cost=1.0)
    for bench in (cheap, dear, dearest):
        bench.play(10)
    assert 50 <= len(cheap.painted) <= 81
    assert 26 <= len(dear.painted) <= 45
    assert 22 <= len(dearest.painted) <= 27


def test_fps_bounds_the_repaints() -> None:
    bench = Bench(fps=1)
    bench.play(10)
    assert len(bench.painted) <= 11


def test_nothing_new_paints_nothing() -> None:
    bench = Bench()
    bench.play(1)
    bench.clock.now += 10
    bench.bridge.tick()
    count = len(bench.painted)
    for _ in range(100):
        bench.clock.now += IDLE
        bench.bridge.tick()
    assert len(bench.painted) == count


def test_the_last_numbers_are_shown_although_the_run_stopped_talking() -> None:
    bench = Bench()
    bench.play(0.3)
    assert bench.painted[-1] is False
    bench.clock.now += 1
    bench.bridge.tick()
    assert bench.painted[-1] is True


@pytest.mark.parametrize(
    "record",
    [
        Applied(step=0, knob="lr", old=0.01, value=0.1),
        State(word="paused"),
        Notice(text="a notice"),
        Eval(step=0, when="after", loss=2.0, accuracy=0.1),
    ],
    ids=lambda record: type(record).__name__,
)
def test_words_and_knobs_are_painted_at_once(record: Record) -> None:
    bench = Bench()
    bench.play(1)
    bench.painted.clear()
    bench.source.queue.append(record)
    bench.bridge.tick()
    assert bench.painted == [True]


def test_what_answers_a_key_is_painted_before_all_else() -> None:
    bench, order = Bench(), list[str]()

    def answer() -> bool:
        order.append("answer")
        return True

    bridge = Bridge(
        bench.source, bench.view, lambda numbers: order.append(f"all {numbers}"),
        answer=answer, clock=bench.clock,
    )  # fmt: skip
    bench.source.queue += [frame([0]), Applied(step=1, knob="activation", old="relu", value="tanh")]
    assert bridge.tick() == QUICK
    assert order == ["answer"]
    bench.clock.now += QUICK
    bridge.tick()
    assert order == ["answer", "all True"]
    bench.clock.now += QUICK
    bridge.tick()
    assert order == ["answer", "all True"]


def test_a_command_is_followed_by_quick_polls_until_its_answer() -> None:
    bench = Bench()
    bench.source.answering = False
    bench.bridge.send(bench.bridge.steering.turn("activation", up=True))
    assert bench.bridge.tick() == QUICK
    bench.source.answer()
    assert bench.bridge.tick() == IDLE
    assert bench.view.state.knobs["activation"] == "tanh"


def test_quick_polls_end_without_an_answer() -> None:
    bench = Bench()
    bench.source.answering = False
    bench.bridge.send(bench.bridge.steering.turn("activation", up=True))
    bench.clock.now += 1
    assert bench.bridge.tick() == IDLE


def test_a_broken_record_is_one_notice_and_the_run_goes_on() -> None:
    bench = Bench()
    broken = Frame(steps=frame([0]).steps, loss=None, accuracy=None, penalty=None)  # type: ignore[arg-type]
    bench.play(0.5, [broken, broken, frame([0])])
    texts = [notice.text for notice in bench.view.state.notices]
    assert len(texts) == 1
    assert texts[0].startswith("gradtui stumbled over a Frame record")
    assert bench.view.message == texts[0]
    assert bench.view.state.step == bench.source.step - 1


def test_what_comes_with_a_broken_record_in_one_poll_is_taken_in() -> None:
    bench = Bench()
    bench.play(1)
    broken = replace(sample(3), signal=None)  # type: ignore[arg-type]
    worse = replace(sample(4), signal=np.zeros(3))
    first = bench.source.step
    bench.source.queue += [frame([first]), broken, frame([first + 1]), worse, sample(first + 1)]
    bench.source.queue += [broken, frame([first + 2]), State(word="paused")]
    bench.bridge.tick()
    state = bench.view.state
    assert (state.step, state.word) == (first + 2, "paused")
    assert state.train_loss.total == first + 3
    assert state.sample is not None
    assert state.sample.step == first + 1
    assert state.quantities["signal"].last.shape == (1, 16)
    kinds = [notice.text.rpartition(":")[0] for notice in state.notices]
    assert len(kinds) == len(set(kinds)) > 0
    assert all(kind.startswith("gradtui stumbled over a Sample record") for kind in kinds)


def test_a_source_that_raises_is_one_notice() -> None:
    bench = Bench()

    def poll() -> list[Record]:
        raise OSError("gone")

    bench.source.poll = poll  # type: ignore[method-assign]
    assert [bench.bridge.tick(), bench.bridge.tick()] == [IDLE, IDLE]
    assert [n.text for n in bench.view.state.notices] == [
        "gradtui stumbled over reading the run: OSError: gone"
    ]


def test_a_source_that_cannot_start_says_so() -> None:
    bench = Bench()

    def start() -> None:
        raise RuntimeError("can't start new thread")

    bench.source.start = start  # type: ignore[method-assign]
    bench.bridge.start()
    assert "can't start new thread" in bench.view.message


def test_the_line_about_the_import_goes_with_the_first_word() -> None:
    bench = Bench()
    bench.bridge.start()
    assert bench.view.message == IMPORTING
    bench.source.queue.append(State(word="starting", cause="importing torch"))
    bench.clock.now += 3 * MESSAGE_SECONDS
    bench.bridge.tick()
    assert bench.view.message == IMPORTING
    bench.source.queue.append(State(word="training"))
    bench.bridge.tick()
    assert bench.view.message == ""


def test_a_message_does_not_stay_for_ever() -> None:
    bench = Bench()
    bench.bridge.say("done")
    bench.bridge.tick()
    assert bench.view.message == "done"
    bench.clock.now += MESSAGE_SECONDS + 1
    bench.bridge.tick()
    assert bench.view.message == ""


def finding(name: str, last: int | None, *prescriptions: tuple[str, str]) -> Finding:
    return Finding(
        name=name, step=0, first=0, last=last, layers=("fc1",), evidence=("",),
        prescriptions=prescriptions,
    )  # fmt: skip


class Doctor:
    def __init__(self) -> None:
        self.calls = 0
        self.notices: list[Notice] = []
        self.found = [
            finding("vanishing", None, ("activation", "tanh"), ("init", "he")),
            finding("saturated", None, ("init", "he"), ("norm", "layer")),
            finding("dead", 5, ("lr", "0.1")),
        ]

    def examine(self) -> list[Finding]:
        self.calls += 1
        return self.found


def test_the_doctor_looks_at_what_came_and_prescribes_what_holds() -> None:
    doctor = Doctor()
    bench = Bench(doctor=doctor)
    bench.play(5)
    assert doctor.calls == 5 / IDLE
    assert set(bench.view.state.findings) == {"vanishing", "saturated", "dead"}
    assert bench.view.prescriptions == [
        ("activation", "tanh"), ("init", "he"), ("norm", "layer"),
    ]  # fmt: skip
    doctor.found = [finding("vanishing", 90)]
    bench.play(1)
    assert bench.view.prescriptions == [("init", "he"), ("norm", "layer")]


def test_a_finding_begins_where_it_begins_and_not_where_a_poll_ends() -> None:
    bench = Bench()
    bench.bridge = Bridge(
        bench.source, bench.view, bench.painted.append, doctor=lambda: RealDoctor(bench.view.state)
    )
    bench.source.queue += [sample(step) for step in range(40)]
    bench.bridge.tick()
    bench.source.queue.append(Applied(step=40, knob="activation", old="sigmoid", value="tanh"))
    healthy = [replace(sample(step), signal=np.full(16, 1e-3)) for step in range(40, 80)]
    bench.source.queue += healthy
    bench.bridge.tick()
    finding = bench.view.state.findings["vanishing"]
    assert finding.first == 0
    assert finding.last == 39
    assert finding.cured_by is not None


def test_a_bug_of_the_doctor_is_one_notice() -> None:
    class Quack:
        notices: list[Notice] = []  # noqa: RUF012

        def examine(self) -> list[Finding]:
            raise ZeroDivisionError

    bench = Bench(doctor=Quack())
    bench.play(5)
    texts = [notice.text for notice in bench.view.state.notices]
    assert texts == ["gradtui stumbled over the doctor: ZeroDivisionError: "]


def test_a_rule_that_the_doctor_left_out_is_told_once() -> None:
    doctor = Doctor()
    bench = Bench(doctor=doctor)
    bench.play(1)
    doctor.notices.append(Notice(text="the rule 'dead' is left out"))
    bench.play(1)
    assert [n.text for n in bench.view.state.notices] == ["the rule 'dead' is left out"]
    assert bench.view.message == "the rule 'dead' is left out"
