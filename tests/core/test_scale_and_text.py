"""Numbers: logarithms without clamps, the ladder, the slope, and how they read."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradtui.core import text
from gradtui.core.scale import ladder, log10, slope


def test_log10_clamps_nothing() -> None:
    values = [0.0, math.inf, math.nan, 1e-44, 1e38, 1.0, -1.0]
    found = log10(values)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [-np.inf, np.inf, np.nan, -44, 38, 0, np.nan], rtol=1e-6)


@given(st.floats(1e-12, 1e12))
def test_the_ladder_has_rungs_1_and_3_and_always_moves(value: float) -> None:
    up, down = ladder(value, True), ladder(value, False)
    assert down < value < up
    for rung in (up, down):
        assert f"{rung:.0e}"[0] in "13"
        assert float(f"{rung:.0e}") == rung
    assert up / down <= 10.001


def test_the_ladder_there_and_back() -> None:
    value, seen = 1e-4, []
    for _ in range(8):
        seen.append(value)
        value = ladder(value, True)
    assert seen == [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3]
    for expected in reversed(seen):
        value = ladder(value, False)
        assert value == expected


@given(st.lists(st.floats(1e-40, 1e37), min_size=3, max_size=60))
def test_the_slope_is_numpys_over_the_hidden_rows(signal: list[float]) -> None:
    rows = np.log10(signal[:-1])
    expected = np.polyfit(np.arange(len(rows)), rows, 1)[0]
    assert slope(signal) == pytest.approx(expected, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize(
    ("signal", "expected"),
    [([1e-4, 1e-3, 1e-2, 5.0], 1.0), ([1e4, 1e2, 1.0, 5.0], -2.0), ([0, 1e-3, 1e-1, 7], 2.0),
     ([1e-4, math.nan, 1e-2, math.inf, 1, 9], 1.0)],
)  # fmt: skip
def test_the_slope_skips_what_has_no_logarithm(signal: list[float], expected: float) -> None:
    assert slope(signal) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("signal", [[], [1.0], [1.0, 2.0], [0, 0, 0, 1], [math.nan] * 4])
def test_no_slope_of_fewer_than_two_rows(signal: list[float]) -> None:
    assert math.isnan(slope(signal))


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (text.number(4.71e-3), "4.7e-3"), (text.number(9.96e-44), "1.0e-43"),
        (text.number(1e38), "1.0e38"), (text.number(0), "0"), (text.number(math.inf), "inf"),
        (text.number(-math.inf), "-inf"), (text.number(math.nan), "nan"),
        (text.factor(0.234), "×0.23"), (text.factor(190), "×1.9e2"), (text.factor(3e-4), "×3.0e-4"),
        (text.factor(0), "×0.00"), (text.factor(math.nan), "×nan"), (text.factor(math.inf), "×inf"),
        (text.signed(0.64), "+0.64"), (text.signed(-0.05), "−0.05"), (text.signed(-0.001), "+0.00"),
        (text.signed(math.nan), "nan"),
        (text.share(0.958), "95.8 %"), (text.share(math.nan), "–"),
        (text.loss(2.3112), "2.311"), (text.loss(9.9996), "10.0"), (text.loss(99.97), "100"),
        (text.loss(206770), f"206{text.GAP}770"), (text.loss(3.2e9), "3.2e9"),
        (text.loss(math.nan), "nan"), (text.thousands(1234567), f"1{text.GAP}234{text.GAP}567"),
    ],
)  # fmt: skip
def test_numbers_read_alike_everywhere(shown: str, expected: str) -> None:
    assert shown == expected
