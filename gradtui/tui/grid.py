"""A screen as arrays: one codepoint and one style number per cell.

Panels write by role; sub-grids are views of the same arrays, so writing in one writes on the
screen, and what lies outside its edges is cut off.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.cells import get_character_cell_size

from gradtui.core import wide
from gradtui.tui.inks import DEFAULT, INKS, Inks, ink, papered

Codes = NDArray[np.uint32]

BLANK = 32
TAIL = 0
"""The right half of a character that is two cells wide."""
KNOWN = 512
"""Texts that are remembered: more than a screen has. Most that change are numbers, which do not
come again."""


class Area(NamedTuple):
    """A rectangle of cells."""

    x: int
    y: int
    width: int
    height: int


Span = tuple[str, str, bool]
Spans = Sequence[Span]
"""Pieces of one line: text, role, bold."""


class Grid:
    """`height` x `width` cells: `code` holds codepoints, `style` the numbers of inks."""

    def __init__(self, code: Codes, style: Inks) -> None:
        self.code, self.style = code, style
        self.height, self.width = code.shape

    @classmethod
    def blank(cls, width: int, height: int) -> Grid:
        shape = (height, width)
        return cls(np.full(shape, BLANK, np.uint32), np.full(shape, DEFAULT, np.uint16))

    def copy(self) -> Grid:
        return Grid(self.code.copy(), self.style.copy())

    def at(self, area: Area) -> Grid:
        """The part of the grid inside an area, cut at the edges: a view, not a copy."""
        x, y = max(area.x, 0), max(area.y, 0)
        cut = np.s_[y : max(area.y + area.height, y), x : max(area.x + area.width, x)]
        return Grid(self.code[cut], self.style[cut])

    def clear(self) -> None:
        self.code[...] = BLANK
        self.style[...] = DEFAULT

    def text(
        self, x: int, y: int, text: str, role: str = "ink", *, bold: bool = False,
        reverse: bool = False,
    ) -> int:  # fmt: skip
        """Write from x on, cut at the edges; returns the x behind it. Keeps the background."""
        if not 0 <= y < self.height:
            return x + cells(text)
        codes = _simple(text)
        if codes is not None:
            return self._put(x, y, codes, ink(role, self._back(y, x), bold, reverse))
        start = x
        for char in text:
            size = 1 if char.isascii() else get_character_cell_size(char)
            if size and x >= 0 and x + size <= self.width:
                self._whole(x, y, size)
                shown = char.isprintable()
                self.code[y, x + 1 : x + size] = TAIL if shown else BLANK
                self.code[y, x] = ord(char) if shown else BLANK
            x += size
        if x > max(start, 0):
            inks = self.style[y, max(start, 0) : x]
            inks[...] = ink(role, self._back(y, start), bold, reverse)
        return x

    def _put(self, x: int, y: int, codes: Codes, style: int | Inks) -> int:
        end = x + len(codes)
        low, high = max(x, 0), min(end, self.width)
        if low < high:
            self._whole(low, y, high - low)
            self.code[y, low:high] = codes[low - x : high - x]
            inks = style if isinstance(style, int) else style[low - x : high - x]
            self.style[y, low:high] = inks
        return end

    def spans(self, x: int, y: int, spans: Spans) -> int:
        """Write pieces one behind the other; returns the x behind the last."""
        if 0 <= x < self.width and 0 <= y < self.height:
            back = int(self.style[y, x])
            laid = _laid(tuple(spans), back)
            if laid is not None:
                end = x + len(laid[0])
                if (self.style[y, x:end] == back).all():  # else each has its own background
                    return self._put(x, y, *laid)
        for text, role, bold in spans:
            x = self.text(x, y, text, role, bold=bold)
        return x

    def right(self, end: int, y: int, text: str, role: str = "ink", *, bold: bool = False) -> None:
        """Write so that the text ends before x = `end`."""
        self.text(end - cells(text), y, text, role, bold=bold)

    def _back(self, y: int, x: int) -> str:
        if not self.width:
            return "bg"
        x = min(max(x, 0), self.width - 1)
        return INKS[int(self.style[y, x])].back

    def _whole(self, x: int, y: int, size: int) -> None:
        """Wipe the other half of a wide character that is about to be cut in two."""
        if self.code[y, x] == TAIL and x:
            self.code[y, x - 1] = BLANK
        if x + size < self.width and self.code[y, x + size] == TAIL:
            self.code[y, x + size] = BLANK

    def paper(self, back: str) -> None:
        """Give all cells a background."""
        self.style[...] = papered(self.style, back)

    def lines(self) -> list[str]:
        """The rows as text, for tests and for people."""
        return [row.tobytes().decode("utf-32-le").replace("\0", "") for row in self.code]


@lru_cache(KNOWN)
def _simple(text: str) -> Codes | None:
    """The codepoints, if every character is printable and one cell wide."""
    if not text.isprintable():
        return None
    if not text.isascii() and any(get_character_cell_size(char) != 1 for char in text):
        return None
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


@lru_cache(KNOWN)
def _laid(spans: tuple[Span, ...], style: int) -> tuple[Codes, Inks] | None:
    """The codepoints and inks of pieces on the background of a style; None unless all are simple.

    Most of what a screen says it says again and again.
    """
    if not spans or any(_simple(text) is None for text, _, _ in spans):
        return None
    back = INKS[style].back
    inks = [ink(role, back, bold) for _, role, bold in spans]
    codes = np.frombuffer("".join(text for text, _, _ in spans).encode("utf-32-le"), np.uint32)
    return codes, np.repeat(inks, [len(text) for text, _, _ in spans]).astype(np.uint16)


def cells(text: str) -> int:
    """How many cells a text takes: two for wide characters, none for combining ones."""
    return len(text) if text.isascii() else _cells(text)


@lru_cache(KNOWN)
def _cells(text: str) -> int:
    return sum(get_character_cell_size(char) for char in text)


def length(spans: Spans) -> int:
    """How many cells the pieces take."""
    return sum(cells(text) for text, _, _ in spans)


def fit(text: str, width: int) -> str:
    """Text of at most `width` cells; a long one is cut in the middle with `…`."""
    if cells(text) <= width:
        return text
    if width <= 1:
        return "…"[: max(width, 0)]
    head = clip(text, (width - 1) // 2)
    tail = clip(text[::-1], width - 1 - cells(head))[::-1]
    return f"{head}…{tail}"


def clip(text: str, width: int) -> str:
    """The first characters of a text, as many as fit into `width` cells."""
    taken = 0
    for i, char in enumerate(text):
        taken += cells(char)
        if taken > width:
            return text[:i]
    return text


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` cells, as `core.wide` breaks them."""
    return wide.wrap(text, width, cells)
