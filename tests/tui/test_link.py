"""A line is slow when the terminal's own answers say so, and then it is spared."""

from __future__ import annotations

import re
from itertools import product

import pytest

from gradtui.tui import link as line
from gradtui.tui.link import AHEAD, CALM, LOST, PROMISE, SILENCE, SLOW, Link, of_line


class Far:
    """A terminal at the far end of a line of so many bytes a second and seconds there and back.

    `late` seconds pass before an answer that has come is looked at.
    """

    def __init__(self, rate: float, round_trip: float, *, forced: bool = False) -> None:
        self.now, self.rate, self.round_trip = 1000.0, rate, round_trip
        self.link = Link(forced=forced, clock=lambda: self.now)
        self.changes: list[bool] = []
        self.link.on_change = lambda: self.changes.append(self.link.slow)
        self.late = 0.0

    def paint(self, size: int, pause: float = 1.0) -> None:
        """Write so many bytes, wait until they are answered, and a while longer."""
        self.link.wrote(size)
        self.now += self.round_trip + size / self.rate + self.late
        self.link.heard()
        self.now += pause


@pytest.mark.parametrize("rate", [9_600, 50_000, 75_000])
@pytest.mark.parametrize("round_trip", [0.001, 0.08, 0.6])
def test_a_slow_line_is_found_by_the_first_picture(rate: float, round_trip: float) -> None:
    far = Far(rate, round_trip)
    far.paint(4, pause=0)
    assert not far.link.slow
    far.paint(6_000)
    assert far.changes == [True]
    assert far.link.rate == pytest.approx(rate, rel=0.05)
    assert f"{rate / 1024:.0f} KB/s" in far.link.sentence()


@pytest.mark.parametrize(("rate", "round_trip"), product([200_000, 1e7], [0.001, 0.08, 0.6]))
def test_a_long_way_alone_makes_no_line_slow(rate: float, round_trip: float) -> None:
    far = Far(rate, round_trip)
    for size in (4, 6_000, 800, 3_000, 12_000):
        far.paint(size)
    assert not far.link.slow
    assert far.changes == []


def test_answers_that_a_busy_process_reads_late_do_not_make_a_line_slow() -> None:
    far = Far(1e7, 0.02)
    far.paint(4)
    far.paint(6_000)
    for turn in range(50):
        far.late = 0.3 * (turn % line.RATES > 0)
        far.paint(4_000)
    assert not far.link.slow


def test_a_line_that_recovers_gets_all_colours_again() -> None:
    far = Far(40_000, 0.05)
    far.paint(4)
    far.paint(6_000)
    assert far.link.slow
    far.rate = 120_000  # better, and still not good
    for _ in range(20):
        far.paint(4_000)
    assert far.link.slow
    far.rate = 1e6
    far.paint(4_000)
    assert far.changes == [True, False]
    assert "quick" in far.link.sentence()


def test_what_a_person_says_is_not_measured_away() -> None:
    far = Far(1e8, 0.001, forced=True)
    for size in (4, 50_000, 50_000):
        far.paint(size)
    assert far.link.slow
    assert far.changes == []


def test_what_waited_behind_something_else_tells_nothing() -> None:
    far = Far(1e7, 0.05)
    far.paint(4)
    for size in (6_000, 6_000):  # the second at once behind the first
        far.link.wrote(size)
    far.now += 0.9
    for _ in range(2):
        far.link.heard()
    assert far.link.rate == pytest.approx(6_000 / 0.85)


def test_only_a_few_words_go_onto_a_line_in_use() -> None:
    far = Far(50_000, 0.08)
    link = far.link
    far.paint(4)
    far.paint(6_000)
    assert link.free
    assert link.hurries
    link.wrote(4_000)
    assert not link.free
    assert link.hurries
    link.wrote(int(SLOW * (0.08 + AHEAD)))
    assert not link.hurries
    link.heard()
    link.heard()
    assert link.free
    assert not link.calm
    far.now += CALM + 0.01
    assert link.calm


def test_pictures_rest_so_that_keys_find_the_line_free() -> None:
    far = Far(50_000, 0.01)
    far.paint(4)
    used, began = 0.0, far.now
    for _ in range(100):
        far.link.wrote(5_000)
        used += 5_000 / far.rate
        far.now += far.round_trip + 5_000 / far.rate
        far.link.heard()
        while not far.link.rested:
            far.now += 0.01
    assert used / (far.now - began) < 0.35


def test_what_is_about_to_be_written_counts_until_it_is() -> None:
    far = Far(50_000, 0.01)
    far.paint(4)
    far.link.promise()
    assert not far.link.free
    far.now += PROMISE + 0.01
    assert far.link.free


@pytest.mark.parametrize(("heard", "patience"), [(False, SILENCE), (True, LOST)])
def test_a_terminal_that_does_not_answer_stops_nothing(heard: bool, patience: float) -> None:
    far = Far(50_000, 0.01)
    if heard:
        far.paint(4)
    far.link.wrote(5_000)
    far.now += patience - 0.1
    assert not far.link.free
    far.now += 0.2
    assert far.link.free
    assert not far.link.slow
    far.link.heard()  # of something else
    assert far.link.free


def test_who_watches_a_line() -> None:
    def nothing() -> None:
        raise AssertionError

    assert of_line(nothing, far=False, slow=None) is None
    assert of_line(nothing, far=True, slow=False) is None
    measured, said = of_line(nothing, far=True, slow=None), of_line(nothing, far=False, slow=True)
    assert measured is not None
    assert not measured.slow
    assert said is not None
    assert said.slow
    assert re.search("slow line", said.sentence())
