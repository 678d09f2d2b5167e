"""The terminal that a recording was sent to: what each moment of it looked like.

It knows what Textual writes and nothing more, and says so where something else comes, so that
no picture is wrong in silence. (tests hold it equal to pyte, a whole terminal.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from gradtui.core.errors import GradtuiError
from gradtui.core.frozen import frozen
from gradtui.recording.take import Take

TOKEN = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|([\r\n])|([^\x00-\x1f\x7f]+)", re.DOTALL)
BLANK, TAIL = ord(" "), 0
"""A cell without a glyph, and the second one of a wide glyph."""


class Look(NamedTuple):
    """How a cell is drawn: parameters of SGR, as they were sent."""

    front: str = "39"
    back: str = "49"
    bold: bool = False
    faint: bool = False
    italic: bool = False
    under: bool = False
    reverse: bool = False


SWITCHES = {
    "1": ("bold", True), "2": ("faint", True), "3": ("italic", True), "4": ("under", True),
    "7": ("reverse", True), "23": ("italic", False), "24": ("under", False),
    "27": ("reverse", False),
}  # fmt: skip


@frozen
class Picture:
    """The screen from one moment on."""

    at: float
    codes: NDArray[np.uint32]
    """[height, width] codepoints."""
    looks: NDArray[np.uint16]
    """[height, width] numbers in the film's `looks`."""


@frozen
class Film:
    """All pictures of a take, in order; two neighbours differ."""

    width: int
    height: int
    pictures: tuple[Picture, ...]
    looks: tuple[Look, ...]
    seconds: float
    title: str

    still: bool = False
    """One picture, and no time."""

    def at(self, seconds: float) -> Film:
        """The picture of one moment, as a still."""
        shown = [picture for picture in self.pictures if picture.at <= seconds][-1:]
        return replace(self, pictures=(*shown, *self.pictures[:1])[:1], seconds=0.0, still=True)


class Screen:
    """A terminal without a window."""

    def __init__(self, width: int, height: int) -> None:
        self.codes = np.full((height, width), BLANK, np.uint32)
        self.drawn = np.zeros((height, width), np.uint16)
        self.looks: dict[Look, int] = {Look(): 0}
        self._look = Look()
        self._x = self._y = 0

    def feed(self, data: str) -> None:
        """Take in what was written; `GradtuiError` for what a picture does not need."""
        place = 0
        while place < len(data):
            token = TOKEN.match(data, place)
            if token is None:
                raise _stranger(data[place : place + 9])
            place = token.end()
            parameters, final, control, text = token.groups()
            if text is not None:
                self._write(text)
            elif control is not None:
                self._x, self._y = (0, self._y) if control == "\r" else (self._x, self._y + 1)
            else:
                self._control(parameters, final)

    def _control(self, parameters: str, final: str) -> None:
        numbers = [int(word or 0) for word in parameters.lstrip("?").split(";")]
        match final:
            case "m":
                self._dress(parameters.split(";"))
            case "H":
                self._y, self._x = (max(n, 1) - 1 for n in (*numbers, 1)[:2])
            case "J" if numbers == [2]:
                self.codes[:], self.drawn[:] = BLANK, self._number()
            case "h" | "l" if parameters == "?25":  # the cursor is not drawn
                pass
            case _:
                raise _stranger(f"\x1b[{parameters}{final}")

    def _dress(self, words: list[str]) -> None:
        changes: dict[str, Any] = {}
        at = 0
        while at < len(words):
            word, size = words[at], 1
            if word in ("38", "48"):
                size = 5 if words[at + 1] == "2" else 3
                color = ";".join(words[at : at + size])
                changes["front" if word == "38" else "back"] = color
            elif word in ("", "0"):
                changes = dict(Look()._asdict())
            elif word == "22":
                changes |= {"bold": False, "faint": False}
            elif word in SWITCHES:
                name, on = SWITCHES[word]
                changes[name] = on
            else:
                side = "back" if word[-2:][0] == "4" or word.startswith("10") else "front"
                changes[side] = word
            at += size
        self._look = self._look._replace(**changes)

    def _number(self) -> int:
        return self.looks.setdefault(self._look, len(self.looks))

    def _write(self, text: str) -> None:
        height, width = self.codes.shape
        if not 0 <= self._y < height:
            return
        number = self._number()
        if text.isascii() or cell_len(text) == len(text):
            end = min(self._x + len(text), width)
            codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
            self.codes[self._y, self._x : end] = codes[: end - self._x]
            self.drawn[self._y, self._x : end] = number
            self._x = end
            return
        for glyph in text:
            size = cell_len(glyph)
            if self._x + size <= width and size:
                self.codes[self._y, self._x : self._x + size] = [ord(glyph), TAIL][:size]
                self.drawn[self._y, self._x : self._x + size] = number
            self._x += size


def _stranger(data: str) -> GradtuiError:
    return GradtuiError(f"the recording holds what no picture needs: {data!r}.")


def film(take: Take) -> Film:
    """The pictures of a take; moments that changed nothing are left out."""
    screen = Screen(take.width, take.height)
    pictures = tuple(_pictures(take, screen))
    return Film(take.width, take.height, pictures, tuple(screen.looks), take.seconds, take.title)


def _pictures(take: Take, screen: Screen) -> Iterator[Picture]:
    last: Picture | None = None
    for write in take.drawing().writes:
        screen.feed(write.data.decode())
        if last is None and (screen.codes == BLANK).all():
            continue  # the screen was emptied, and nothing is drawn yet
        if last is None or (
            (screen.codes != last.codes).any() or (screen.drawn != last.looks).any()
        ):
            at = 0.0 if last is None else write.at
            last = Picture(at, screen.codes.copy(), screen.drawn.copy())
            yield last
