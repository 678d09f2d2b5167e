"""Lanes: levels by value, colours by decades from the output, glyphs for what is no number."""

from __future__ import annotations

import numpy as np
import pytest

from gradtui.core.history import History
from gradtui.tui.draw.decades import Axis, axis
from gradtui.tui.draw.lanes import INF, NAN, NONE, VALUE, ZERO, Lanes, summed
from gradtui.tui.inks import INKS
from gradtui.tui.timeline import timeline

ONE, TWO = np.arange(1), np.arange(2)
"""The layers of a net."""


def drawn(values: list[tuple[float, float]], every: int = 1, gap: int = 20) -> Lanes:
    """Lanes of (input layer, output layer) values at the steps 0, every, 2 every, …"""
    history = History(2)
    history.append(np.arange(len(values)) * every, values)
    lanes = Lanes()
    lanes.update(history, timeline(20, (len(values) - 1) * every), TWO, [0, 1], 1, gap=gap)
    return lanes


def row(lanes: Lanes, lane: int) -> str:
    return "".join(chr(code) for code in lanes.code[lane]).rstrip()


def roles(lanes: Lanes, lane: int) -> list[str]:
    return [INKS[number].role for number in lanes.style[lane]]


def test_the_axis_is_whole_decades_and_six_at_least() -> None:
    history = History(1)
    assert axis(history) == Axis(-6, 0)
    history.append([0, 1], [8.2e-13, 4.7e-3])
    assert axis(history) == Axis(-13, -2)
    close = History(1)
    close.append([0], [2e-3])
    assert axis(close) == Axis(-8, -2)


def test_height_is_the_decade_and_the_full_block_is_never_used() -> None:
    lanes = drawn([(1e-7, 1.0), (1e-4, 1.0)])
    assert row(lanes, 0) == "▇▇"
    assert row(lanes, 1) == "▁▄"


def test_colour_is_decades_from_the_output_layer_of_the_same_column() -> None:
    lanes = drawn([(1e-5, 1.0), (1e-5, 1e-5), (1.0, 1e-5)])
    assert roles(lanes, 0)[:3] == ["ramp+0"] * 3
    assert roles(lanes, 1)[:3] == ["ramp-5", "ramp+0", "ramp+5"]


def test_zero_inf_and_nan_have_glyphs_of_their_own() -> None:
    lanes = drawn([(0.0, 1.0), (np.inf, 1.0), (np.nan, 1.0), (1.0, 1.0)])
    assert row(lanes, 1)[:3] == "_∞×"
    assert roles(lanes, 1)[:3] == ["dead", "exploding", "nan"]
    assert INKS[lanes.style[1, 1]].bold


def test_values_go_on_between_samples_and_turn_faint_where_the_gap_is_long() -> None:
    near = drawn([(1e-3, 1.0), (1e-3, 1.0)], every=10, gap=20)
    assert row(near, 1) == "▄" * 11
    assert "faint" not in roles(near, 1)[:11]
    far = drawn([(1e-3, 1.0), (1e-3, 1.0)], every=10, gap=4)
    assert [role == "faint" for role in roles(far, 1)[:11]] == [False] * 5 + [True] * 5 + [False]


def test_a_value_that_hardly_leaves_its_level_does_not_move_the_lane() -> None:
    edge = 10.0 ** (-7 + 3.0)  # where level 3 begins, one decade a level
    wide = [(1e-7, 1.0)]
    lanes = drawn([*wide, (edge * 1.1, 1.0), (edge * 0.7, 1.0), (edge * 0.4, 1.0)])
    assert row(lanes, 1) == "▁▄▄▃"


def test_an_intervention_ends_what_goes_on() -> None:
    history = History(1)
    history.append([0], [1.0])
    history.mark(4)
    history.append([8], [1.0])
    lanes = Lanes()
    lanes.update(history, timeline(20, 8, [4]), ONE, [0], 1, gap=20)
    assert row(lanes, 0) == "▇▇▇▇     ▇"


def test_a_lane_two_rows_high_has_fifteen_levels() -> None:
    history = History(1)
    history.append([0, 1, 2], [1e-6, 1e-3, 0.99])
    lanes = Lanes()
    lanes.update(history, timeline(20, 2), ONE, [0], 2, gap=20)
    assert (row(lanes, 0), row(lanes, 1)) == ("  ▇", "▁██")


@pytest.mark.parametrize(
    ("pair", "kind", "value"),
    [
        ((1e-4, 1e-2), VALUE, -3.0),
        ((0.0, 1e-2), ZERO, -2.0),
        ((0.0, np.inf), INF, np.nan),
        ((np.nan, np.inf), NAN, np.nan),
    ],
)
def test_two_layers_in_one_lane_are_their_geometric_mean(
    pair: tuple[float, float], kind: int, value: float
) -> None:
    history = History(2)
    history.append([0], [pair])
    values, kinds = summed(history, timeline(10, 1), TWO, [0], 0)
    assert kinds[:, 1].tolist() == [kind, NONE]
    np.testing.assert_allclose(values[0, 1], value, rtol=1e-6)
