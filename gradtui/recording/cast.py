"""asciicast v2: a line of JSON for the header, then one for each moment.

https://docs.asciinema.org/manual/asciicast/v2/
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from gradtui.recording.screen import TAIL, Film, Look, Picture

BEGIN = "\x1b[0m\x1b[2J\x1b[?25l"
END = "\x1b[0m\x1b[{row};1H\x1b[?25h"
"""The last picture stays, and the prompt of whoever played it stands below."""
GAP = 8
"""Unchanged cells that are written again, for a jump over them would be longer."""
FLAGS = (("bold", "1", "22"), ("faint", "2", "22"), ("italic", "3", "23"), ("under", "4", "24"),
         ("reverse", "7", "27"))  # fmt: skip


def cast(film: Film) -> bytes:
    """The recording as a .cast file. Its header holds the time of this moment.

    The pictures are those that the terminal showed; each is sent as the cells that differ from
    the one before, which takes a fraction of the bytes that drew them first.
    """
    header = {
        "version": 2, "width": film.width, "height": film.height, "timestamp": int(time.time()),
        "title": film.title, "env": {"TERM": "xterm-256color"},
    }  # fmt: skip
    lines = [json.dumps(header, ensure_ascii=False), _event(0.0, BEGIN)]
    pen = _Pen(film)
    lines += [_event(picture.at, pen.draw(picture)) for picture in film.pictures]
    lines.append(_event(film.seconds, END.format(row=film.height)))
    return "\n".join([*lines, ""]).encode()


def _event(at: float, text: str) -> str:
    return json.dumps([round(at, 3), "o", text], ensure_ascii=False, separators=(",", ":"))


class _Pen:
    """Knows what the screen shows, and how it would draw the next cell."""

    def __init__(self, film: Film) -> None:
        self._looks = film.looks
        self._codes = np.full((film.height, film.width), ord(" "), np.uint32)
        self._drawn = np.zeros((film.height, film.width), np.uint16)
        self._look = Look()

    def draw(self, picture: Picture) -> str:
        """What turns the screen into this picture."""
        changed = (picture.codes != self._codes) | (picture.looks != self._drawn)
        # half of a wide glyph cannot be written
        changed[:, :-1] |= (picture.codes[:, 1:] == TAIL) & changed[:, 1:]
        parts: list[str] = []
        for y in np.flatnonzero(changed.any(axis=1)).tolist():
            for start, end in _spans(np.flatnonzero(changed[y])):
                parts.append(f"\x1b[{y + 1};{start + 1}H")
                parts += self._row(picture.codes[y, start:end], picture.looks[y, start:end])
        self._codes, self._drawn = picture.codes, picture.looks
        return "".join(parts)

    def _row(self, codes: np.ndarray, looks: np.ndarray) -> Iterator[str]:
        edges = [0, *(np.flatnonzero(np.diff(looks)) + 1).tolist(), len(looks)]
        for start, end in pairwise(edges):
            run = codes[start:end]
            yield self._change(self._looks[int(looks[start])])
            yield run[run != TAIL].tobytes().decode("utf-32-le")

    def _change(self, look: Look) -> str:
        """SGR from the present look to this one."""
        words = []
        for name, on, off in FLAGS:
            if getattr(look, name) != getattr(self._look, name):
                words.append(on if getattr(look, name) else off)
        if "22" in words:  # ends both
            words += [on for name, on, _ in FLAGS[:2] if getattr(look, name) and on not in words]
        words += [new for new, old in zip(look[:2], self._look[:2], strict=True) if new != old]
        self._look = look
        return f"\x1b[{';'.join(words)}m" if words else ""


def _spans(columns: np.ndarray) -> Iterator[tuple[int, int]]:
    """Columns that change as spans, (first, behind the last)."""
    breaks = np.flatnonzero(np.diff(columns) > GAP)
    starts = [int(columns[0]), *columns[breaks + 1].tolist()]
    ends = [*(columns[breaks] + 1).tolist(), int(columns[-1]) + 1]
    yield from zip(starts, ends, strict=True)
