"""pyte, a whole terminal by somebody else, as the oracle of what is on a screen."""

from __future__ import annotations

import pyte
from rich.cells import cell_len

from gradtui.recording.raster import rgb
from gradtui.recording.screen import TAIL, Film, Look, Picture

Cell = tuple[str, str, str, bool, bool]
"""Glyph, front, back, bold, reverse."""


class Terminal:
    """A screen that is fed like any terminal."""

    def __init__(self, width: int, height: int) -> None:
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self.screen)

    def feed(self, data: bytes) -> None:
        self._stream.feed(data)

    def cells(self) -> list[list[Cell]]:
        """What every cell shows; the second cell of a wide glyph has none."""
        rows = []
        for y in range(self.screen.lines):
            line = self.screen.buffer[y]
            found = [line[x] for x in range(self.screen.columns)]
            rows.append([(c.data, c.fg, c.bg, c.bold, c.reverse) for c in found])
        return rows


def cells(film: Film, picture: Picture) -> list[list[Cell]]:
    """The same of a picture of a film."""
    rows = []
    for codes, looks in zip(picture.codes.tolist(), picture.looks.tolist(), strict=True):
        row = []
        for code, number in zip(codes, looks, strict=True):
            look = film.looks[number]
            glyph = "" if code == TAIL else chr(code)
            row.append((glyph, _color(look, "front"), _color(look, "back"), look.bold,
                        look.reverse))  # fmt: skip
        rows.append(row)
    return rows


def _color(look: Look, side: str) -> str:
    parameters: str = getattr(look, side)
    if parameters in ("39", "49"):
        return "default"
    red, green, blue = rgb(parameters, front=side == "front")
    return f"{red:02x}{green:02x}{blue:02x}"


def wide(text: str) -> bool:
    """Whether some glyph takes two cells."""
    return any(cell_len(glyph) > 1 for glyph in text)
