"""A gradient through time: how far back it reaches, and how fast it is lost on the way.

`signal` is [T], the norm of dL/dh_t from the first time step to the last, as a `Sample` has it.
"""

from __future__ import annotations

import math

import numpy as np

from gradtui.core.records import Floats
from gradtui.core.scale import log10

REACHES = 1e-3
"""A time step is within reach while its gradient is above this share of the last one's."""


def reach(signal: Floats) -> int:
    """How many time steps back from the last, without a gap, the gradient stays in reach."""
    far = np.flatnonzero(~(signal >= REACHES * signal[-1]))
    return len(signal) - (int(far[-1]) + 1 if len(far) else 0)


def slope(signal: Floats) -> float:
    """Decades lost a step back in time, least squares over the steps with a finite logarithm.

    + = it vanishes towards the first step; nan where fewer than two are finite.
    """
    logs = log10(signal).astype(np.float64)
    steps = np.flatnonzero(np.isfinite(logs))
    if len(steps) < 2:
        return math.nan
    at = steps - steps.mean()
    return float(at @ logs[steps] / (at @ at))
