"""The axis that lanes and the profile have in common: whole decades, which only grow."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gradtui.core.frozen import frozen
from gradtui.core.history import History

MIN_DECADES = 6


@frozen
class Axis:
    """The log10 (or, for shares, linear) axis that all layers have in common."""

    low: float
    high: float
    log: bool = True

    def share(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Where values lie on the axis, 0 to 1."""
        return (np.asarray(values, np.float64) - self.low) / (self.high - self.low)


def axis(history: History) -> Axis:
    """Whole decades around everything finite so far, six at least; it only grows."""
    if not history.log:
        return Axis(0.0, 1.0, log=False)
    low, high = history.range
    if low > high:
        return Axis(-float(MIN_DECADES), 0.0)
    top = math.ceil(high)
    return Axis(float(min(math.floor(low), top - MIN_DECADES)), float(top))
