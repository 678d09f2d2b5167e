"""Number scales that screens, knobs and charts share."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray


def log10(values: ArrayLike) -> NDArray[np.float32]:
    """log10 in float32 of magnitudes: 0 gives -inf, inf gives inf, nan gives nan; no clamp."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log10(np.asarray(values, dtype=np.float64)).astype(np.float32)


def ladder(value: float, up: bool) -> float:
    """The next rung of the 1-3-10 ladder above or below a positive value."""
    exponent = math.floor(math.log10(value))
    rungs = [m * 10.0**e for e in range(exponent - 1, exponent + 2) for m in (1.0, 3.0)]
    if up:
        rung = next(r for r in rungs if r > value * 1.0001)
    else:
        rung = next(r for r in reversed(rungs) if r < value * 0.9999)
    return float(f"{rung:.0e}")


def slope(signal: ArrayLike) -> float:
    """Decades per layer of the signal over the hidden rows, by least squares.

    `signal` is [L] from the input to the output; the last row (the logits) is left out.
    Positive = the signal vanishes towards the input. nan with fewer than two finite rows.
    """
    rows = log10(signal)[:-1].astype(np.float64)
    depth = np.flatnonzero(np.isfinite(rows))
    if len(depth) < 2:
        return math.nan
    at, found = depth - depth.mean(), rows[depth]
    return float(at @ (found - found.mean()) / (at @ at))
