"""The nearest of the 240 colours that a terminal with 256 of them shows everywhere alike.

Nearest to the eye: in CIELAB, D65. By red, green and blue alone a dim blue turns purple.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

LEVELS = (0, 95, 135, 175, 215, 255)
"""Of red, green and blue in xterm's cube, the numbers 16 to 231; 24 greys follow."""
FIRST = 16
"""The colours before are those of the person's own scheme."""
TO_XYZ = np.array([
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
])  # fmt: skip
WHITE = TO_XYZ.sum(axis=1)

Floats = NDArray[np.float64]


@cache
def nearest(color: str) -> str:
    """`#rrggbb` as `color(17)`, the way Rich writes it."""
    wanted = np.array([list(bytes.fromhex(color[1:]))], np.float64)
    away = np.linalg.norm(_table() - lab(wanted), axis=1)
    return f"color({FIRST + int(away.argmin())})"


@cache
def _table() -> Floats:
    cube = [(r, g, b) for r in LEVELS for g in LEVELS for b in LEVELS]
    greys = [(level, level, level) for level in range(8, 248, 10)]
    return lab(np.array([*cube, *greys], np.float64))


def lab(colors: Floats) -> Floats:
    """[n, 3] L*, a*, b* of sRGB colours of 0 to 255."""
    share = colors / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    ratio = linear @ TO_XYZ.T / WHITE
    bent = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = bent.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)
