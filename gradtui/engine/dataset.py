"""What a data set is to the engine, and the one permutation that splits it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtui.core.frozen import frozen
from gradtui.engine.language import Language

Labels = NDArray[np.int64]

SPLIT_SEED = 0
"""One permutation for every run: seeds compare training, not luck with the split."""


@frozen
class Dataset:
    """Training and held-out rows, standardised. x: float32 [n, features]; y: int64 [n].

    Of sequences x is int64 [n, time], and `features` counts the symbols. With a `language` y is
    [n, time] as well, a target a column, and `classes` counts the symbols too.
    """

    name: str
    label: str
    """As the header shows it: `digits 8×8`."""
    x_train: NDArray[Any]
    y_train: Labels
    x_test: NDArray[Any]
    y_test: Labels
    classes: int
    features: int
    image: tuple[int, int, int] | None = None
    """(channels, height, width), if a row is an image."""
    language: Language | None = None


def permutation(n: int) -> NDArray[np.int64]:
    return np.random.Generator(np.random.PCG64(SPLIT_SEED)).permutation(n)
