"""The window: the last steps are in it, it moves in leaps, what is outside has no column."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradtui.tui import window
from gradtui.tui.timeline import timeline


@pytest.mark.parametrize(
    ("last", "steps"), [(0, 50), (299, 100), (599, 200), (1000, 200), (1499, 500), (10**6, 200_000)]
)
def test_the_recent_steps_are_about_a_third_of_the_run(last: int, steps: int) -> None:
    assert window.recent(last) == steps


@given(st.integers(0, 10**7))
def test_the_recent_window_holds_its_steps_and_at_most_half_as_many_more(last: int) -> None:
    first, room = window.span("recent", last, [])
    steps = window.recent(last)
    assert 0 <= first <= last
    if first:
        assert steps <= last + 1 - first < room == steps + steps // 2
    else:
        assert last + 1 < steps + steps // 2


def test_the_recent_window_leaps_and_does_not_scroll_or_fold_between() -> None:
    axes = [
        timeline(78, last, first=first, room=room)
        for last in range(600, 1400)
        for first, room in [window.span("recent", last, [])]
    ]
    leaps = sum(a.segments != b.segments for a, b in pairwise(axes))
    assert leaps == 8
    assert {axis.spc for axis in axes} == {4}


def test_since_begins_at_the_last_intervention_that_has_steps() -> None:
    assert window.span("since", 99, [10, 50, 100]) == (50, 0)
    assert window.span("since", 99, []) == (0, 0)
    assert window.span("all", 99, [50]) == (0, 0)


@given(
    st.integers(1, 250), st.integers(0, 10_000), st.integers(0, 10_000),
    st.lists(st.integers(0, 10_000), max_size=40),
)  # fmt: skip
def test_what_lies_before_the_window_has_no_column(
    width: int, last: int, first: int, markers: list[int]
) -> None:
    first = min(first, last)
    axis = timeline(width, last, markers, first=first)
    assert axis.first == first
    steps = np.arange(max(0, first - 300), last + 1, 7)
    columns = axis.columns(steps)
    assert (columns[steps < first] == -1).all()
    assert (columns[steps >= first] >= 0).all()
    assert columns.max(initial=0) <= axis.pen < width
    assert not set(columns.tolist()) & set(axis.marked)
    assert {step for step, _ in axis.marks} == {s for s in markers if first <= s <= last + 1}
    assert np.nanmin(axis.halves) >= first
    assert axis.origin == max((step for step in markers if step <= first), default=0)
    covered = [axis.steps(column) for column in range(width)]
    ranges = [bounds for bounds in covered if bounds is not None]
    assert ranges[0][0] == first
    assert ranges[-1][1] == last + 1
    assert all(a[1] == b[0] for a, b in pairwise(ranges))
