"""Lines and envelopes against a slow and obvious computation over the raw steps."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gradtui.core.history import History
from gradtui.core.scale import log10
from gradtui.tui.draw.chart import ASCII, Scale, paint
from gradtui.tui.draw.series import Series, beside, series
from gradtui.tui.grid import Grid
from gradtui.tui.inks import INKS
from gradtui.tui.timeline import Timeline, timeline

Floats = NDArray[np.float64]
SPECIAL = (math.nan, math.inf, 0.0, 1e30, 1e-30)


@st.composite
def runs(draw: st.DrawFn) -> list[float]:
    """A noisy loss with a few values that are none, anywhere."""
    count = draw(st.integers(1, 300))
    noise = np.random.default_rng(draw(st.integers(0, 99)))
    values = np.round(noise.uniform(0.1, 3, count), 3)
    places = st.tuples(st.integers(0, count - 1), st.sampled_from(SPECIAL))
    for step, value in draw(st.lists(places, max_size=5)):
        values[step] = value
    return [float(value) for value in values]


losses = runs()
markers = st.lists(st.integers(0, 300), max_size=6) | st.integers(0, 290).map(
    lambda step: [step, step + 1, step + 2]
)


def recorded(values: Floats, marks: list[int], capacity: int | None = None) -> History:
    history = History(1, capacity=capacity)
    for step, value in enumerate(values):
        if step in marks:
            history.mark(step)
        history.append([step], [value])
    return history


def pieces(values: Floats, marks: list[int]) -> list[int]:
    """For each step the number of its run of finite steps without an intervention; -1: lost."""
    found, piece, open_ = [], 0, False
    for step, value in enumerate(values):
        if step in marks or not open_:
            piece += 1
        open_ = math.isfinite(value)
        found.append(piece if open_ else -1)
    return found


def slow_line(values: Floats, axis: Timeline, piece: list[int], *, linear: bool) -> Floats:
    """The mean of each half column's near steps of its own piece, one by one."""
    shown = values if linear else log10(values).astype(np.float64)
    line = np.full(2 * axis.width, np.nan)
    for half in range(2 * axis.width):
        bounds = axis.steps(half // 2)
        time = axis.halves[half]
        if bounds is None or math.isnan(time) or -1 in piece[bounds[0] : bounds[1]]:
            continue
        mine = piece[math.floor(time)]
        near = [
            shown[step] for step in range(len(values))
            if piece[step] == mine and abs(step + 0.5 - time) <= 0.75 * axis.spc
            and math.isfinite(shown[step])
        ]  # fmt: skip
        line[half] = np.mean(near) if near else np.nan
    return line


@settings(max_examples=200, deadline=None)
@given(losses, markers, st.integers(8, 60), st.integers(0, 200), st.booleans())
def test_the_line_is_the_mean_of_near_steps_of_its_own_piece(
    raw: list[float], marks: list[int], width: int, first: int, linear: bool
) -> None:
    values = np.array(raw)
    marks = sorted(step for step in set(marks) if 0 < step < len(values))[: width // 8]
    axis = timeline(width, len(values) - 1, marks, first=min(first, len(values) - 1))
    found = series(recorded(values, marks), axis, linear=linear)
    expected = slow_line(values, axis, pieces(values, marks), linear=linear)
    known = np.isfinite(expected)
    np.testing.assert_allclose(found.line[known], expected[known], rtol=1e-5, atol=1e-6)
    if linear or (values != 0).all():  # log10 of 0: a straight line goes across, none is drawn
        assert (np.isfinite(found.line) == known).all()


@settings(max_examples=200, deadline=None)
@given(losses, markers, st.integers(8, 60), st.integers(0, 200), st.booleans())
def test_the_envelope_is_the_smallest_and_largest_step_of_each_column(
    raw: list[float], marks: list[int], width: int, first: int, linear: bool
) -> None:
    values = np.array(raw)
    marks = sorted(step for step in set(marks) if 0 < step < len(values))
    axis = timeline(width, len(values) - 1, marks, first=min(first, len(values) - 1))
    found = series(recorded(values, marks), axis, linear=linear)
    shown = values if linear else log10(values)
    for column in range(width):
        bounds = axis.steps(column)
        if bounds is None:
            assert np.isnan([found.low[column], found.high[column]]).all()
            assert not found.lost[column]
            continue
        inside = shown[bounds[0] : bounds[1]]
        numbers = inside[~np.isnan(inside)]
        assert found.lost[column] == (~np.isfinite(values[bounds[0] : bounds[1]])).any()
        if len(numbers):
            np.testing.assert_allclose(found.low[column], numbers.min(), rtol=1e-5)
            np.testing.assert_allclose(found.high[column], numbers.max(), rtol=1e-5)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 2000), markers, st.integers(8, 60), st.integers(0, 2000))
def test_a_folded_history_has_a_line_without_holes(
    last: int, marks: list[int], width: int, first: int
) -> None:
    """Also where one bucket is wider than a column of a window."""
    values = 10.0 ** np.sin(np.arange(last + 1) / 50)
    marks = sorted(step for step in set(marks) if 0 < step <= last)[: width // 8]
    axis = timeline(width, last, marks, first=min(first, last))
    history = recorded(values, marks, capacity=64)
    line = series(history, axis).line
    made = np.isfinite(axis.halves)
    if history.width <= axis.spc:
        assert np.isfinite(line[made]).all()
    assert np.isfinite(line[made]).mean() > 0.5
    assert np.isnan(line[~made]).all()
    assert np.nanmin(line) >= -1.0001
    assert np.nanmax(line) <= 1.0001


def drawn(train: Series, test: Floats, marked: tuple[int, ...]) -> Grid:
    grid = Grid.blank(len(train.low), 6)
    paint(grid, Scale(-2.0, 1.0), train, test, 0.3, marked, colors="truecolor", unicode=True)
    return grid


@settings(max_examples=100, deadline=None)
@given(losses, markers, st.integers(10, 40), st.integers(0, 200))
def test_every_dot_of_both_lines_is_on_the_screen(
    raw: list[float], marks: list[int], width: int, first: int
) -> None:
    """No envelope, reference or marker covers one; a cell that both lines share is `both`."""
    values = np.array(raw)
    marks = sorted(step for step in set(marks) if 0 < step < len(values))
    axis = timeline(width, len(values) - 1, marks, first=min(first, len(values) - 1))
    train = series(recorded(values, marks), axis)
    test = np.where(np.isfinite(axis.halves), np.sin(np.arange(2 * width)), np.nan)
    grid = drawn(train, test, axis.marked)
    scale = Scale(-2.0, 1.0)
    for name, line in (("train", train.line), ("test", test)):
        for half in np.flatnonzero(np.isfinite(line)).tolist():
            dot = int(np.clip(np.round(scale.dots(line[half], 6)), 0, 23))
            row, column = dot // 4, half // 2
            if train.lost[column] and row == 5:
                continue  # the x of what is not finite
            role = INKS[int(grid.style[row, column])].role
            assert role in {name, "both"}
            bit = (0x01, 0x02, 0x04, 0x40)[dot % 4] if half % 2 == 0 else (8, 16, 32, 128)[dot % 4]
            assert int(grid.code[row, column]) - 0x2800 & bit
    for column in axis.marked:
        assert {chr(code) for code in grid.code[:, column]} == {" "}
    assert set(ASCII) >= {INKS[int(s)].role for s in np.unique(grid.style)} - {"ink", "nan"}


@pytest.mark.parametrize("beyond", [1, 7, 500])
def test_a_sample_ahead_of_its_frame_has_no_column_yet(beyond: int) -> None:
    """The axis is full to its last column, and ends at the newest frame."""
    history, late = History(1), History(1)
    for one, steps in ((history, np.arange(20)), (late, np.append(np.arange(20), 19 + beyond))):
        one.append(steps, 1.0 + steps)
    axis = timeline(20, 19)
    for a, b in zip(
        vars(series(history, axis)).values(), vars(series(late, axis)).values(), strict=True
    ):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("first", [0, 90])
def test_a_branch_that_was_left_far_behind_the_last_column_is_cut_off_there(first: int) -> None:
    history = recorded(np.linspace(1, 2, 400), [])
    axis = timeline(20, 100, first=first)
    line = beside(history, axis, 95)
    assert line.shape == (40,)
    known = np.flatnonzero(np.isfinite(line))
    assert len(known)
    shown = axis.width * axis.spc + first
    assert 10 ** line[known].max() <= 1 + shown / 399
    whole = beside(history, timeline(20, 399, first=first), 95)
    assert np.nanmax(whole) == pytest.approx(np.log10(2), abs=0.05)
