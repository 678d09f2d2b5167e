"""Rows reduced span by span: numpy's `reduceat`, where that would take long.

It calls its loop once for each span and column. Spans of one length are an axis of their own,
which numpy reduces a whole row at a time: ten times as fast at 200 columns.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGE, WIDE = 1024, 8
"""Values, and columns, from which it is worth to look at the spans."""
FEW = 16
"""Spans of other lengths than those before them."""
IN_TURN = 8
"""So many numbers are added one by one; of more, numpy adds some side by side."""

Rows = NDArray[Any]


def reduceat(how: np.ufunc, rows: Rows, starts: NDArray[np.intp]) -> Rows:
    """`how.reduceat(rows, starts)` of rows [n, L], to the bit; `starts` rise from 0.

    `how` is `np.add`, or keeps one of its two numbers.
    """
    if rows.size < LARGE or rows.ndim == 1 or rows.shape[1] < WIDE:
        return np.asarray(how.reduceat(rows, starts, axis=0))
    ends = np.append(starts[1:], len(rows))
    lengths = ends - starts
    edges = [0, *(np.flatnonzero(np.diff(lengths)) + 1).tolist(), len(starts)]
    if len(edges) > FEW or (how is np.add and lengths.max() > IN_TURN):
        return np.asarray(how.reduceat(rows, starts, axis=0))
    found = np.empty((len(starts), rows.shape[1]), rows.dtype)
    for one, other in pairwise(edges):
        spans = rows[starts[one] : ends[other - 1]]
        found[one:other] = _reduced(how, spans.reshape(other - one, lengths[one], -1))
    return found


def _reduced(how: np.ufunc, spans: Rows) -> Rows:
    """[m, L] of [m, rows, L]: the first with all that come behind it, as `reduceat` does it."""
    if spans.shape[1] == 1:
        return spans[:, 0]
    return np.asarray(how(spans[:, 0], how.reduce(spans[:, 1:], axis=1)))
