"""How the numbers of each layer are spread: a histogram a layer, and what it leaves out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gradtui.core.frozen import frozen

Floats = NDArray[np.float64]


@frozen(kw_only=True)
class Spread:
    """How the numbers of each layer are spread, in equal bins from the smallest to the largest.

    Of the finite numbers only; where a layer has none, its [L] values are nan.
    """

    counts: NDArray[np.uint32]
    """[L, bins] How many numbers lie in each bin; the last one holds its upper edge."""
    low: Floats
    high: Floats
    """[L] The smallest and the largest number: where the bins begin and end."""
    mean: Floats
    std: Floats
    zeros: NDArray[np.int64]
    """[L] How many numbers are exactly 0."""
    infs: NDArray[np.int64]
    nans: NDArray[np.int64]
