"""Text that others wrote, made safe to print: no terminal obeys it, and it stays on its line."""

from __future__ import annotations

import unicodedata

UNSAFE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Controls, invisible format and direction marks, lone surrogates, line separators."""


def printable(text: str) -> str:
    r"""`text` with each unsafe character written out as Python would, such as `\x1b`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_safe(letter) for letter in text)


def _safe(letter: str) -> str:
    if unicodedata.category(letter) not in UNSAFE:
        return letter
    return letter.encode("unicode_escape", "surrogatepass").decode("ascii")
