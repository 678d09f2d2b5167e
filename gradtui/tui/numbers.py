"""Numbers as the screen writes them; `core.text` has those that records and findings share."""

from __future__ import annotations

import math

from gradtui.core import text
from gradtui.core.records import Value

UNKNOWN = "–"
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power(exponent: int, *, unicode: bool = True) -> str:
    """10 to the `exponent` on an axis: `10⁻¹²`, `1`, `10³`; `1e-12` without Unicode."""
    if exponent == 0:
        return "1"
    if not unicode:
        return f"1e{exponent}"
    return f"10{str(exponent).translate(SUPERSCRIPT)}"


def tick(exponent: int, *, unicode: bool = True) -> str:
    """A decade on a loss axis: `1`, `0.1`, `0.01`, else a power."""
    return {0: "1", -1: "0.1", -2: "0.01"}.get(exponent) or power(exponent, unicode=unicode)


def knob(value: Value) -> str:
    """A knob's value without padding: `0.01`, `1e-4`, `norm:1`."""
    if isinstance(value, str):
        return value
    if not math.isfinite(value):
        return text.plain(value)
    if value != 0 and not 1e-3 <= abs(value) < 1e5:
        mantissa, _, exponent = f"{value:e}".partition("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    return f"{value:g}"


def quantity(name: str, value: float) -> str:
    """A layer's value: a magnitude, or a share; `–` where it is not defined."""
    if name == "dead":
        return text.share(value)
    return text.number(value)


def rate(steps_per_second: float) -> str:
    """Steps per second, whole from 10 on: `229`, `4.2`; `–` until measured."""
    if not steps_per_second > 0 or not math.isfinite(steps_per_second):
        return UNKNOWN
    if steps_per_second < 10:
        return f"{steps_per_second:.1f}"
    return text.thousands(round(steps_per_second))


def overhead(share: float) -> str:
    """Share of the training time that measuring takes: `2.1 %`; `–` until measured."""
    return text.share(share)
