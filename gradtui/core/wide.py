"""Text in cells of a terminal: a Chinese character takes two, a combining one none."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator

OPENING, CLOSING = "（「《“‘", "，。、；：！？）」》”’…"


def width(text: str) -> int:
    """How many cells a text takes, by Unicode's own tables."""
    if text.isascii():
        return len(text)
    return sum(_cells(char) for char in text)


def _cells(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def filled(text: str, room: int) -> str:
    """A text with blanks behind it, up to so many cells."""
    return text + " " * max(room - width(text), 0)


def wrap(text: str, room: int, measure: Callable[[str], int] = width) -> list[str]:
    """Lines of at most `room` cells: broken at spaces, beside a wide character, and inside a word
    that is longer. No line begins with a closing mark or ends with an opening one.
    """
    lines = [""]
    for space, word in _pieces(text, measure):
        gap = space if lines[-1] else ""
        if measure(lines[-1] + gap + word) <= room:
            lines[-1] += gap + word
            continue
        rest = word
        while measure(rest) > room:
            lines.append(_head(rest, room, measure) or rest[0])
            rest = rest[len(lines[-1]) :]
        lines.append(rest)
    return [line for line in lines if line]


def _head(text: str, room: int, measure: Callable[[str], int]) -> str:
    """The first characters, as many as fit."""
    taken = 0
    for i, char in enumerate(text):
        taken += measure(char)
        if taken > room:
            return text[:i]
    return text


def _pieces(text: str, measure: Callable[[str], int]) -> Iterator[tuple[str, str]]:
    """What stays together, and what stands before it where it does not begin a line.

    A wide character may begin and end a line, for Chinese has no spaces; a closing mark stays with
    what is before it, an opening one with what comes.
    """
    for word in text.split():
        gap, piece = " ", ""
        for char in word:
            breaks = piece and char not in CLOSING and piece[-1] not in OPENING
            if breaks and (measure(char) == 2 or measure(piece[-1]) == 2):
                yield gap, piece
                gap, piece = "", ""
            piece += char
        yield gap, piece
