"""The rows of a picture as text and as styled segments."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from gradtui.recording.raster import colors
from gradtui.recording.screen import TAIL, Film, Look, Picture


def words(picture: Picture, y: int) -> str:
    """Row y, without the blanks at its end."""
    row = picture.codes[y]
    text: str = row[row != TAIL].tobytes().decode("utf-32-le")
    return text.rstrip()


def segments(film: Film, picture: Picture, y: int) -> list[Segment]:
    """Row y as runs of equal look."""
    codes, looks = picture.codes[y], picture.looks[y]
    edges = [0, *(np.flatnonzero(np.diff(looks)) + 1).tolist(), len(looks)]
    found = []
    for start, end in pairwise(edges):
        run = codes[start:end]
        text = run[run != TAIL].tobytes().decode("utf-32-le")
        found.append(Segment(text, _style(film.looks[int(looks[start])])))
    return found


@cache
def _style(look: Look) -> Style:
    front, back = colors(look)
    return Style(color=Color.from_rgb(*front), bgcolor=Color.from_rgb(*back), bold=look.bold)
