"""Charts and profile: dots where an independent computation puts them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradtui.core.history import History
from gradtui.core.records import Applied, Eval
from gradtui.tui.draw import braille, profile
from gradtui.tui.draw.chart import (
    Scale,
    linear_marks,
    linear_scale,
    log_marks,
    loss_scale,
    near_scale,
)
from gradtui.tui.draw.decades import Axis
from gradtui.tui.draw.series import held_out, series
from gradtui.tui.panels.plots import accuracy
from gradtui.tui.timeline import timeline
from tests.tui import scenes
from tests.tui.test_cursor import picture


@pytest.mark.parametrize(
    ("row", "column", "glyph"), [(0, 0, "⠁"), (3, 0, "⡀"), (0, 1, "⠈"), (3, 1, "⢀"), (1, 1, "⠐")]
)
def test_each_dot_has_its_bit(row: int, column: int, glyph: str) -> None:
    dots = np.zeros((4, 2), bool)
    dots[row, column] = True
    assert chr(braille.BRAILLE + int(braille.cells(dots)[0, 0])) == glyph


@given(st.lists(st.floats(-5, 25) | st.just(math.nan), min_size=2, max_size=40))
def test_a_trace_is_one_line_between_its_gaps(values: list[float]) -> None:
    y = np.array(values[: len(values) // 2 * 2])
    dots = braille.trace(y, 5)
    at = np.clip(np.round(y), 0, 19)
    assert (dots.any(axis=0) == np.isfinite(y)).all()
    for i in np.flatnonzero(np.isfinite(y)):
        assert dots[int(at[i]), i]
        filled = np.flatnonzero(dots[:, i])
        assert (np.diff(filled) == 1).all()
        if i and np.isfinite(y[i - 1]):
            assert np.abs(filled - at[i - 1]).min() <= 1


@given(st.lists(st.floats(0, 19) | st.just(math.nan), min_size=1, max_size=8))
def test_a_polyline_goes_through_its_vertices(points: list[float]) -> None:
    x = np.array(points, np.float64)
    y = np.arange(1, 4 * len(x), 4, dtype=np.float64)
    dots = braille.polyline(x, y, len(x), 10)
    assert dots.any() == np.isfinite(x).any()
    for at_x, at_y in zip(x, y, strict=True):
        if math.isfinite(at_x):
            assert dots[int(at_y), int(at_x)]


def test_the_line_is_the_mean_around_each_half_column() -> None:
    values = np.random.default_rng(0).uniform(0.1, 1, 160)
    history = History(1, log=False)
    history.append(np.arange(160), values)
    axis = timeline(20, 159)
    line = series(history, axis).line
    middle = np.arange(160) + 0.5
    for half, time in enumerate(axis.halves):
        near = np.abs(middle - time) <= 0.75 * axis.spc
        np.testing.assert_allclose(line[half], values[near].mean(), rtol=1e-5)


def test_no_line_mixes_what_was_before_an_intervention_with_what_came_after() -> None:
    history = History(1, log=False)
    history.append(np.arange(50), np.zeros(50))
    history.mark(50)
    history.append(np.arange(50, 100), np.ones(50))
    line = series(history, timeline(30, 99, [50])).line
    assert set(line[np.isfinite(line)].tolist()) == {0.0, 1.0}


def test_the_envelope_keeps_every_spike() -> None:
    values = np.full(400, 0.5)
    values[[37, 222]] = 0.9, 0.1
    history = History(1, log=False)
    history.append(np.arange(400), values)
    axis = timeline(40, 399)
    found = series(history, axis)
    assert found.high[axis.column(37)] == np.float32(0.9)
    assert found.low[axis.column(222)] == np.float32(0.1)


def test_columns_with_nan_are_lost_and_have_no_line() -> None:
    history = History(1)
    history.append(np.arange(4), [1.0, np.nan, np.inf, 1.0])
    found = series(history, timeline(10, 3))
    assert found.lost[:4].tolist() == [False, True, True, False]
    assert np.isfinite(found.line[:8]).tolist() == [True] * 2 + [False] * 4 + [True] * 2


def test_evaluations_are_joined_and_the_newest_goes_on() -> None:
    evals = [
        Eval(step=0, when="start", loss=4.0, accuracy=0.0),
        Eval(step=10, when="before", loss=2.0, accuracy=0.5),
        Eval(step=10, when="after", loss=9.0, accuracy=0.1),
    ]
    marker = Applied(step=10, knob="lr", old=0.1, value=1.0)
    axis = timeline(40, 19, [10])
    line = held_out(evals, [marker], axis, "loss")
    before, after = axis.halves < 10, axis.halves > 10
    np.testing.assert_allclose(line[before][0], 4 - 2 * 0.25 / 9.5)
    assert (np.diff(line[before]) <= 0).all()
    assert set(line[after]) == {9.0}


def test_the_loss_axis_holds_chance_and_two_decades_and_a_half() -> None:
    chance = math.log10(math.log(10))
    assert loss_scale(chance, chance, chance) == Scale(-2.0, 0.5)
    assert loss_scale(-2.4, 0.4, chance) == Scale(-3.0, 0.5)
    assert loss_scale(math.inf, -math.inf, chance) == Scale(-2.0, 0.5)
    assert loss_scale(5.3, 5.3, chance) == Scale(0.0, 5.5)


def test_a_window_s_loss_axis_is_near_what_it_shows() -> None:
    assert near_scale(-1.6, -1.4, 0.0) == Scale(-2.0, -1.0)
    assert near_scale(-2.4, -1.4, 0.0) == Scale(-2.5, -1.0)
    assert near_scale(math.inf, -math.inf, 0.4) == Scale(-0.5, 0.5)
    assert log_marks(Scale(-2.5, -1.0), 9, unicode=True) == (
        (-1.0, "0.1"), (-2 + math.log10(3), "0.03"), (-2.0, "0.01"),
    )  # fmt: skip
    assert [word for _, word in log_marks(Scale(-2.0, 0.5), 9, unicode=True)] == [
        "1",
        "0.1",
        "0.01",
    ]


@given(st.floats(1e-30, 1e30), st.integers(1, 40))
def test_a_linear_axis_begins_at_zero_and_its_numbers_are_round(high: float, rows: int) -> None:
    scale = linear_scale(high)
    assert scale.low == 0
    assert high * (1 - 1e-6) <= scale.high <= 2 * high
    marks = linear_marks(scale, rows)
    assert marks[-1] == (0, "0")
    assert all(float(word) == pytest.approx(value, rel=1e-5) for value, word in marks)
    at = [scale.row(value, rows) for value, _ in marks]
    assert at == sorted(at)
    assert len(marks) <= rows + 1


def test_each_nine_is_a_decade_of_the_error_rate() -> None:
    view = replace(scenes.cured(), ordinate="log")
    plot = accuracy(picture(view), 8)
    known = np.isfinite(plot.test)
    evaluated = picture(view).test_accuracy
    np.testing.assert_allclose(1 - 10.0 ** -plot.test[known], evaluated[known], rtol=1e-6)
    assert {word: value for value, word in plot.marks}["99 %"] == 2.0
    assert plot.train.high[np.isfinite(plot.train.high)].max() == pytest.approx(3.3)  # 100 %
    assert plot.scale.row(plot.scale.high, 8) == 0


def test_profile_labels_stand_over_their_cells() -> None:
    assert profile.labels(Axis(-13, -2), 26, 91) == [
        (91, "10⁻¹²"), (98, "10⁻⁹"), (105, "10⁻⁶"), (112, "10⁻³"),
    ]  # fmt: skip
    assert [text for _, text in profile.labels(Axis(-13, -2), 12, 47)] == ["10⁻¹²", "10⁻⁴"]
    assert [e for _, e in profile.ticks(Axis(-26, 0), 26)] == [-25, -20, -15, -10, -5, 0]
    assert len(profile.ticks(Axis(-190, 0), 12)) <= 4


def test_an_upright_profile_is_one_column_of_dots() -> None:
    dots = profile.curve(Axis(-6, 0), np.full(4, -3.0), 1, 12)
    assert np.flatnonzero(dots.any(axis=0)).tolist() == [12]
    assert np.flatnonzero(dots.any(axis=1)).tolist() == list(range(1, 14))


def test_a_ghost_has_half_of_the_dots() -> None:
    dots = profile.curve(Axis(-6, 0), np.linspace(-5, -1, 12), 1, 12)
    ghost = profile.every_second(dots)
    assert (ghost <= dots).all()
    assert 0.3 <= ghost.sum() / dots.sum() <= 0.6
