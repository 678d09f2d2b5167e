"""Sequences of symbols, drawn by numpy: the same for every run seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Symbols = NDArray[np.int64]

RECALL_CLASSES = 8
RECALL_SYMBOLS = 16
RECALL_TRAIN, RECALL_TEST = 4000, 500
RECALL_SEED = 0


def recall(length: int) -> tuple[Symbols, Symbols]:
    """x [rows, length], and y [rows], the first symbol of each row.

    That one is 0 to 7, all that follow are 8 to 15; each is as likely as the others. A longer
    sequence begins as the shorter one does.
    """
    rng = np.random.Generator(np.random.PCG64(RECALL_SEED))
    shape = length, RECALL_TRAIN + RECALL_TEST
    x = np.ascontiguousarray(rng.integers(RECALL_CLASSES, RECALL_SYMBOLS, shape).T)
    x[:, 0] -= RECALL_CLASSES
    return x, x[:, 0].copy()
