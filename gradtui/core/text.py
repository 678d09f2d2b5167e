"""How numbers read everywhere: a magnitude, a factor, a slope, a share, a loss, a step."""

from __future__ import annotations

import math

MINUS = "\u2212"
GAP = " "
"""Between groups of three digits."""


def number(value: float) -> str:
    """A magnitude with one decimal and a bare exponent: `4.7e-3`, `0`, `inf`, `nan`."""
    if value == 0 or not math.isfinite(value):
        return plain(value)
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def factor(value: float) -> str:
    """A ratio: `×0.23`, `×2.12`, `×1.9e2` or `×3.0e-4` where two decimals say nothing."""
    if not math.isfinite(value):
        return f"×{plain(value)}"
    if value == 0 or 0.005 <= abs(value) < 100:
        return f"×{value:.2f}"
    return f"×{number(value)}"


def signed(value: float) -> str:
    """A slope: `+0.64`, `−0.05` with a true minus sign."""
    if math.isnan(value):
        return "nan"
    text = f"{value:+.2f}"
    return "+0.00" if text == "-0.00" else text.replace("-", MINUS)


def share(value: float) -> str:
    """A share of 0 to 1 in percent: `95.8 %`; an undefined one is `–`."""
    return f"{100 * value:.1f} %" if math.isfinite(value) else "–"


def loss(value: float) -> str:
    """Three decimals below 10, then three digits, then whole thousands: `2.311`, `206 770`."""
    if not math.isfinite(value):
        return plain(value)
    if abs(value) >= 1e7:
        return number(value)
    if abs(value) >= 99.95:
        return thousands(round(value))
    return f"{value:.3f}" if abs(value) < 9.9995 else f"{value:.1f}"


def thousands(value: int) -> str:
    """A whole number in groups of three: `206 770`."""
    return f"{value:,}".replace(",", GAP)


def plain(value: float) -> str:
    """The words for values without digits: `0`, `inf`, `-inf`, `nan`."""
    return "0" if value == 0 else str(float(value))


def printable(text: str, most: int = 10_000) -> str:
    """Text of a stranger for a terminal: what is not a plain character is spelt out.

    Control characters, escape sequences, and marks that turn the direction of writing become
    `\\x1b` and the like; of more than `most` characters the rest is left out.
    """
    cut = text if len(text) <= most else text[: most - 1] + "…"
    if cut.isprintable():
        return cut
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in cut)
