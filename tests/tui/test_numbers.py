"""How the screen writes numbers."""

from __future__ import annotations

import math

import pytest

from gradtui.core import text
from gradtui.tui import numbers


@pytest.mark.parametrize(
    ("exponent", "fine", "plain"), [(-12, "10⁻¹²", "1e-12"), (0, "1", "1"), (3, "10³", "1e3")]
)
def test_powers(exponent: int, fine: str, plain: str) -> None:
    assert numbers.power(exponent) == fine
    assert numbers.power(exponent, unicode=False) == plain


def test_loss_ticks_are_decimal_where_that_is_short() -> None:
    assert [numbers.tick(e) for e in (2, 0, -1, -2, -3)] == ["10²", "1", "0.1", "0.01", "10⁻³"]


@pytest.mark.parametrize(
    ("value", "word"),
    [(0.01, "0.01"), (1e-4, "1e-4"), (3e-5, "3e-5"), (0.0, "0"), (64, "64"), ("norm:1", "norm:1"),
     (math.inf, "inf"), (math.nan, "nan"), (1e6, "1e6")],
)  # fmt: skip
def test_knob_values(value: str | float, word: str) -> None:
    assert numbers.knob(value) == word


def test_rates_and_shares_that_were_not_measured_are_dashes() -> None:
    assert [numbers.rate(x) for x in (0, math.nan, 4.24, 229.4, 1234)] == [
        "–", "–", "4.2", "229", text.thousands(1234),
    ]  # fmt: skip
    assert numbers.overhead(math.nan) == "–"
    assert numbers.overhead(0.021) == "2.1 %"
