"""A grid as a terminal takes it: text between control sequences (ECMA-48)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rich.color import ColorSystem
from rich.style import Style

from gradtui.tui.grid import Grid
from gradtui.tui.inks import INKS
from gradtui.tui.theme import Palette
from gradtui.tui.view import Colors

GAP = 5
"""Cells between two that changed: so many are written again, for a jump takes 6 to 8 bytes."""
SYSTEMS: dict[Colors, ColorSystem | None] = {
    "truecolor": ColorSystem.TRUECOLOR,
    "256": ColorSystem.EIGHT_BIT,
    "16": ColorSystem.STANDARD,
    "none": ColorSystem.STANDARD,  # of which bold and reverse are left
}


class Pen:
    """The inks of a palette, for Rich and for the terminal."""

    def __init__(self, palette: Palette) -> None:
        self.palette = palette
        self._styles: dict[int, Style] = {}
        self._codes: dict[int, str] = {}

    def style(self, number: int) -> Style:
        """Rich's style of an ink."""
        if number not in self._styles:
            ink = INKS[number]
            self._styles[number] = self.palette.style(
                ink.role, ink.back, bold=ink.bold, reverse=ink.reverse
            )
        return self._styles[number]

    def codes(self, number: int) -> str:
        """What gives a terminal this ink, whatever it had before."""
        if number not in self._codes:
            shown = self.style(number).render("x", color_system=SYSTEMS[self.palette.colors])
            own = shown.partition("x")[0][2:-1]
            self._codes[number] = f"\x1b[0;{own}m" if own else "\x1b[0m"
        return self._codes[number]


def written(grid: Grid, pen: Pen, changed: NDArray[np.bool_], x: int = 0, y: int = 0) -> str:
    """The cells that changed [height, width], for a grid whose corner lies at (x, y).

    A wide character has changed whole or not at all.
    """
    if not changed.any():
        return ""
    sent, jumps = _sent(changed)
    width = grid.width
    inks = grid.style.ravel()[sent]
    text = grid.code.ravel()[sent].tobytes().decode("utf-32-le")
    cuts = jumps.copy()
    cuts[1:] |= inks[1:] != inks[:-1]
    starts = np.flatnonzero(cuts)
    told, ink = [], -1
    for (start, end), jump, number, place in zip(
        pairwise([*starts.tolist(), len(sent)]), jumps[starts].tolist(),
        inks[starts].tolist(), sent[starts].tolist(), strict=True,
    ):  # fmt: skip
        if jump:
            told.append(f"\x1b[{place // width + y + 1};{place % width + x + 1}H")
        if number != ink:
            told.append(pen.codes(number))
            ink = number
        told.append(text[start:end])
    return "".join(told).replace("\0", "") + "\x1b[0m"


def _sent(changed: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The cells to write, counted row by row, and before which of them the cursor jumps."""
    width = changed.shape[1]
    at = np.flatnonzero(changed)
    parted = np.ones(len(at), bool)
    parted[1:] = (np.diff(at) > GAP + 1) | (at[1:] // width != at[:-1] // width)
    starts = np.flatnonzero(parted)
    ends = np.append(starts[1:], len(at)) - 1
    edges = np.zeros(changed.size + 1, np.int8)
    edges[at[starts]] += 1
    edges[at[ends] + 1] -= 1
    sent = np.flatnonzero(np.cumsum(edges[:-1]))
    jumps = np.zeros(changed.size, bool)
    jumps[at[starts]] = True
    return sent, jumps[sent]
