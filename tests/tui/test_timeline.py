"""The time axis: nothing is hidden, nothing is mixed, everything fits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradtui.tui.timeline import ladder, timeline


def test_the_ladder_is_1_3_and_5_times_powers_of_two() -> None:
    rungs = [ladder(rung) for rung in range(16)]
    assert rungs == [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64]


def test_the_picture_of_300_steps_in_78_columns() -> None:
    axis = timeline(78, 299)
    assert (axis.spc, axis.pen) == (4, 74)
    assert axis.ticks() == [(0, 0), (12, 50), (25, 100), (37, 150), (50, 200), (62, 250)]


def test_an_intervention_owns_a_column_and_restarts_the_grid() -> None:
    axis = timeline(78, 599, [300])
    assert axis.spc == 8
    assert axis.marked == (38,)
    assert axis.column(299) == 37
    assert axis.column(300) == 39
    assert (39, 300) in axis.ticks()


def test_two_interventions_at_one_step_share_a_column() -> None:
    assert timeline(40, 20, [5, 5]).marked == (5,)


def test_too_many_markers_lose_their_columns_the_oldest_first() -> None:
    axis = timeline(40, 100, range(10, 100, 10))
    columns = [column for _, column in axis.marks]
    assert columns[:4] == [None] * 4
    assert None not in columns[4:]


@given(
    st.integers(1, 250),
    st.integers(0, 100_000),
    st.lists(st.integers(0, 100_000), max_size=40),
)
def test_every_step_has_a_column_of_its_own_side(width: int, last: int, markers: list[int]) -> None:
    axis = timeline(width, last, markers)
    steps = np.unique(np.linspace(0, last, 200).astype(int))
    columns = axis.columns(steps)
    assert columns.min() >= 0
    assert columns.max() == axis.pen < width
    assert (np.diff(columns) >= 0).all()
    assert not set(columns) & set(axis.marked)
    for step, column in axis.marks:
        if column is not None:
            assert (columns[steps < step] < column).all()
            assert (columns[steps >= step] > column).all()
    starts = axis.starts[columns]
    assert (starts <= steps).all()
    assert (steps < starts + axis.spc).all()


@pytest.mark.parametrize("last", [0, 1, 10, 100, 1000, 54321])
def test_a_fold_leaves_nearly_two_thirds_of_the_columns_in_use(last: int) -> None:
    axis = timeline(78, last)
    assert axis.spc <= 2 or axis.pen + 1 >= 0.64 * 78


def test_the_half_columns_before_an_intervention_lie_before_it() -> None:
    """A segment that ends in mid-half must not show what came after the intervention."""
    for last, mark in ((399, 100), (3999, 2000), (399, 37)):
        axis = timeline(78, last, [mark])
        halves = axis.halves[: 2 * axis.marked[0]]
        assert np.nanmax(halves) < mark
