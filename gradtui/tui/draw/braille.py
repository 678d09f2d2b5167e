"""Dots: 4 x 2 of them in every cell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Dots = NDArray[np.bool_]
"""[4 * rows, 2 * columns]"""

BRAILLE = 0x2800


def cells(dots: Dots) -> NDArray[np.uint32]:
    """[rows, columns] The bit pattern of each cell; 0 where no dot is set."""
    dot = dots.view(np.uint8)
    upper = dot[0::4] + 2 * dot[1::4] + 4 * dot[2::4]  # in Unicode three rows came first
    lower = dot[3::4] << 6
    left, right = upper[:, 0::2] | lower[:, 0::2], upper[:, 1::2] << 3 | lower[:, 1::2] << 1
    return (left | right).astype(np.uint32)


def trace(y: NDArray[np.float64], rows: int) -> Dots:
    """A line of one dot a sub-column; jumps are filled, so that it stays one line.

    `y` [2 * columns] counts dots from the top; nan is a gap.
    """
    high = 4 * rows
    drawn = np.isfinite(y)
    at = np.where(drawn, np.clip(np.round(np.where(drawn, y, 0)), 0, high - 1), -1).astype(int)
    before = np.concatenate([at[:1], at[:-1]])
    before = np.where(before < 0, at, before)
    top = np.where(at > before + 1, before + 1, at)
    bottom = np.where(at < before - 1, before - 1, at)
    return between(np.where(drawn, top, 0), np.where(drawn, bottom, -1), rows)


def between(top: NDArray[np.int_], bottom: NDArray[np.int_], rows: int) -> Dots:
    """All dots from `top` to `bottom` in each sub-column; none where bottom < top."""
    row = np.arange(4 * rows)[:, None]
    return (row >= top) & (row <= bottom)


def polyline(
    x: NDArray[np.float64], y: NDArray[np.float64], rows: int, columns: int,
    joined: NDArray[np.bool_] | None = None,
) -> Dots:  # fmt: skip
    """Straight lines from each vertex to the next, if it is `joined`; nan ends the line."""
    dots = np.zeros((4 * rows, 2 * columns), bool)
    there = np.isfinite(x)
    start = np.flatnonzero(there)
    follows = np.append(there[1:], False)
    follows = (follows if joined is None else follows & joined)[start]
    end = np.where(follows, start + 1, start)
    count = np.maximum(np.abs(x[end] - x[start]), np.abs(y[end] - y[start])).astype(int) + 1
    begin = np.repeat(np.cumsum(count) - count, count)
    share = (np.arange(count.sum()) - begin) / np.repeat(count, count)
    line = np.repeat(np.arange(len(start)), count)
    at_x = x[start][line] + share * (x[end] - x[start])[line]
    at_y = y[start][line] + share * (y[end] - y[start])[line]
    dots[
        np.clip(np.floor(at_y), 0, 4 * rows - 1).astype(int),
        np.clip(np.floor(at_x), 0, 2 * columns - 1).astype(int),
    ] = True
    return dots
