"""Cells as pixels. Blocks, rules and dots are drawn, so that they join; letters have a font."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.terminal_theme import SVG_EXPORT_THEME

from gradtui.recording.fonts import font
from gradtui.recording.screen import BLANK, TAIL, Film, Look
from gradtui.tui.svg import BOXES, DOTS

WIDE, HIGH, SIZE, BASE = 10, 20, 16, 15
"""Of a cell and of its letters, in pixels; BASE: from the top to the line that letters stand on."""
LEVELS = 3
"""Shades between the two colours of a cell, both of them included, less one."""
MOST = 255
"""Colours of a GIF's palette, but for the transparent one."""
Color3 = tuple[int, int, int]
Mask = NDArray[np.uint8]


@cache
def mask(code: int, bold: bool) -> Mask:
    """[HIGH, WIDE] How much of each pixel a glyph covers, 0 to LEVELS."""
    glyph = chr(code)
    drawn = np.zeros((HIGH, WIDE))
    if glyph in BOXES:
        for left, top, width, height in BOXES[glyph]:
            drawn[_span(top, height, HIGH), _span(left, width, WIDE)] = 1
    elif 0x2800 <= code <= 0x28FF:
        for bit, (column, row) in enumerate(DOTS):
            if code >> bit & 1:
                y, x = row * HIGH // 4 + 1, column * WIDE // 2 + 1
                drawn[y : y + 3, x : x + 3] = 1
    elif code not in (BLANK, TAIL):
        drawn = _letter(glyph, bold)
    return np.round(drawn * LEVELS).astype(np.uint8)


def _span(start: float, size: float, pixels: int) -> slice:
    """A part of a cell in whole pixels, one at least."""
    first = round(start * pixels)
    return slice(first, max(round((start + size) * pixels), first + 1))


def _letter(glyph: str, bold: bool) -> NDArray[np.float64]:
    from PIL import Image, ImageDraw

    image = Image.new("L", (WIDE, HIGH))
    chosen = font(SIZE, bold=bold)
    left = max((WIDE - chosen.getlength(glyph)) / 2, 0)
    ImageDraw.Draw(image).text((left, BASE), glyph, 255, chosen, "ls")
    return np.asarray(image) / 255


def rgb(parameters: str, *, front: bool) -> Color3:
    """The colour that SGR parameters stand for."""
    words = parameters.split(";")
    if words[0] in ("38", "48"):
        if words[1] == "2":
            red, green, blue = map(int, words[2:5])
            return red, green, blue
        color = Color.from_ansi(int(words[2]))
    elif words[0] in ("39", "49"):
        color = Color.default()
    else:
        number = int(words[0]) % 10 + (8 if int(words[0]) >= 90 else 0)
        color = Color.from_ansi(number)
    red, green, blue = color.get_truecolor(SVG_EXPORT_THEME, front)
    return red, green, blue


def colors(look: Look) -> tuple[Color3, Color3]:
    """Front and back of a cell."""
    front, back = rgb(look.front, front=True), rgb(look.back, front=False)
    if look.faint:
        front = _mixed(front, back, 1, 2)
    return (back, front) if look.reverse else (front, back)


def _mixed(front: Color3, back: Color3, part: int, of: int) -> Color3:
    red, green, blue = (
        (f * part + b * (of - part)) // of for f, b in zip(front, back, strict=True)
    )
    return red, green, blue


class Raster:
    """Every cell of a film as pixels of one palette."""

    def __init__(self, film: Film) -> None:
        looks = len(film.looks)
        keys = [p.codes.astype(np.int64) * looks + p.looks for p in film.pictures]
        self._known = np.unique(np.concatenate([np.unique(key) for key in keys]))
        self._keys = keys
        pairs = [(int(key) // looks, film.looks[int(key) % looks]) for key in self._known]
        self.palette, index = _palette(pairs)
        """[n] Colours, at most MOST of them."""
        self._tiles = np.stack([_tile(code, look, index) for code, look in pairs])

    def image(self, number: int) -> NDArray[np.uint8]:
        """[height * HIGH, width * WIDE] The picture with this number, in colours of the palette."""
        cells = self._tiles[np.searchsorted(self._known, self._keys[number])]
        height, width = cells.shape[:2]
        return cells.transpose(0, 2, 1, 3).reshape(height * HIGH, width * WIDE)


def _tile(code: int, look: Look, index: dict[Color3, int]) -> NDArray[np.uint8]:
    shades = np.array([index[shade] for shade in _shades(look)], np.uint8)
    covered = mask(code, look.bold).copy()
    if look.under:
        covered[BASE + 2] = LEVELS
    return shades[covered]


@cache
def _shades(look: Look) -> list[Color3]:
    front, back = colors(look)
    return [_mixed(front, back, level, LEVELS) for level in range(LEVELS + 1)]


def _palette(pairs: list[tuple[int, Look]]) -> tuple[list[Color3], dict[Color3, int]]:
    """The colours that are used, whole ones before shades; each colour's number in them.

    Where there are more than a GIF can hold, the rest takes the nearest one.
    """
    ends: dict[Color3, None] = {}
    between: dict[Color3, None] = {}
    for code, look in pairs:
        shades = _shades(look)
        used = set(np.unique(mask(code, look.bold)).tolist())
        ends.update(dict.fromkeys([shades[0], shades[-1]]))
        between.update(dict.fromkeys(shades[level] for level in range(1, LEVELS) if level in used))
        between.update(dict.fromkeys(shades))
    ordered = list(dict.fromkeys([*ends, *between]))
    palette = ordered[:MOST]
    table = np.array(palette, np.int64)
    index = {color: number for number, color in enumerate(palette)}
    for color in ordered[MOST:]:
        index[color] = int(((table - np.array(color)) ** 2).sum(axis=1).argmin())
    return palette, index
