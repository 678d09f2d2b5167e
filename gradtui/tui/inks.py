"""The styles of cells by number: what a number stands for, and the same on another background."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Inks = NDArray[np.uint16]


class Ink(NamedTuple):
    """What a style number stands for: roles of the palette."""

    role: str = "ink"
    back: str = "bg"
    bold: bool = False
    reverse: bool = False


INKS: list[Ink] = []
"""Every ink ever used, by its number. A few hundred at most: roles times backgrounds."""


def ink(role: str = "ink", back: str = "bg", bold: bool = False, reverse: bool = False) -> int:
    """The number of a style."""
    return _number(Ink(role, back, bold, reverse))


@cache
def _number(style: Ink) -> int:
    INKS.append(style)
    return len(INKS) - 1


DEFAULT = ink()


@cache
def repapered(number: int, back: str) -> int:
    """The same ink on another background."""
    return ink(*INKS[number]._replace(back=back))


@cache
def _papers(back: str, inks: int) -> NDArray[np.int32]:
    """[inks] The number of each ink on a background; -1 where nobody asked for it yet."""
    return np.full(inks, -1, np.int32)


def papered(styles: Inks, back: str) -> NDArray[np.int32]:
    """The same inks on another background."""
    known = _papers(back, -(-len(INKS) // 64) * 64)
    found = known[styles]
    if (found < 0).any():
        for number in np.unique(styles[found < 0]).tolist():
            known[number] = repapered(number, back)
        found = known[styles]
    return found
