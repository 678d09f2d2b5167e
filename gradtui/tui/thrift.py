"""The same picture in fewer bytes: what a writing says twice is left out.

Textual gives every piece of text its whole style, takes it all back behind it, and moves the
cursor to where it is already; of what the main screen writes that is more than half.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from gradtui.tui.grid import cells

TOKEN = re.compile(r"(\x1b\[[\d;]*[Hm]|\n)")
"""Cursor position, graphic rendition (ECMA-48), the end of a line; text and all else between."""
EXTENDED = {"5": 3, "2": 5}
"""How many codes such a colour takes: `38;5;n` of 256, `38;2;r;g;b` of all."""


class Look(NamedTuple):
    """How text looks: its colours, and bold, reverse and the like."""

    flags: frozenset[str] = frozenset()
    ink: str = "39"
    paper: str = "49"


BARE = Look()


def thrifty(writing: str) -> str:
    """A writing that shows the same, and leaves the terminal as that one would."""
    kept: list[str] = []
    have = want = BARE
    at = ""
    """The position of the cursor, as a sequence; "" where it is not known."""
    move = ""
    """What must bring it to where the next text goes."""
    for token in TOKEN.split(writing):
        if not token:
            continue
        if token == "\n":
            move, at = move + token, ""
        elif TOKEN.fullmatch(token) is None:
            kept += (move, _change(have, want), token)
            have, at, move = want, _behind(move or at, token), ""
        elif token[-1] == "m":
            want = _after(want, token[2:-1])
        else:
            move = "" if token == at else token
    kept += (move, _change(have, want))
    return "".join(kept)


@lru_cache(maxsize=4096)
def _behind(position: str, text: str) -> str:
    """The position behind a text that begins at one; "" where that cannot be known."""
    if not position.startswith("\x1b") or not text.isprintable():
        return ""
    row, _, column = position[2:-1].partition(";")
    return f"\x1b[{row};{int(column or 1) + cells(text)}H"


@lru_cache(maxsize=1024)
def _after(look: Look, codes: str) -> Look:
    """A look after so many codes more."""
    flags, ink, paper = look
    left = codes.split(";")
    while left:
        code = left[0] or "0"
        taken = EXTENDED.get(left[1], 1) if code in ("38", "48") and len(left) > 1 else 1
        whole, left = ";".join(left[:taken]), left[taken:]
        if code == "0":
            flags, ink, paper = BARE
        elif len(code) == 2 and code[0] in "39":
            ink = whole
        elif (len(code) == 2 and code[0] == "4") or code.startswith("10"):
            paper = whole
        else:
            flags |= {whole}
    return Look(flags, ink, paper)


@lru_cache(maxsize=4096)
def _change(have: Look, want: Look) -> str:
    """The codes that make one look out of another."""
    if have == want:
        return ""
    if want == BARE:
        return "\x1b[m"
    codes = []
    if not have.flags <= want.flags:
        have, codes = BARE, ["0"]
    codes += sorted(want.flags - have.flags)
    codes += [new for old, new in zip(have[1:], want[1:], strict=True) if old != new]
    return f"\x1b[{';'.join(codes)}m"
