"""What units have in common over a batch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gradtui.core.records import Floats
from gradtui.engine.probe.sums import Single

NARROW = 32
"""Units below which a layer is narrow."""


def share(mask: NDArray[np.bool_]) -> Floats:
    """Of what is true along the last axis."""
    found: Floats = np.add.reduce(mask, axis=-1) / mask.shape[-1]
    return found


def largest(a: Single) -> Single:
    """Of each unit over the batch, the last axis but one.

    Halves are compared with halves where rows are narrow: numpy's own reduction is slow there.
    """
    if a.shape[-1] >= NARROW:
        top: Single = np.maximum.reduce(a, axis=-2)
        return top
    while (count := a.shape[-2]) > 1:
        half = count // 2
        larger: Single = np.maximum(a[..., :half, :], a[..., half : 2 * half, :])
        if count % 2:
            np.maximum(larger[..., :1, :], a[..., -1:, :], out=larger[..., :1, :])
        a = larger
    return a[..., 0, :]
