"""On which line of a TOML file a value stands: the standard library's parser does not say."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

Path = Sequence[str | int]


def line_of(text: str, path: Path, word: str = "") -> int:
    """The line (from 1) on which the value at `path` begins; of a table, its head.

    `word`: a part of the value, such as an item of an array, on the line of which the answer
    is. Reads ever longer beginnings of the text, until one holds the path: exact whatever
    strings and arrays over several lines there are, and slow only where something is wrong.
    """
    lines = text.splitlines(keepends=True)
    start = 0
    for end in range(1, len(lines) + 1):
        try:
            table = tomllib.loads("".join(lines[:end]))
        except tomllib.TOMLDecodeError:
            continue
        if _holds(table, path):
            within = [at for at in range(start, end) if word and word in lines[at]]
            return (within[0] if within else start) + 1
        start = end
    return 1


def _holds(table: Any, path: Path) -> bool:
    for part in path:
        if isinstance(part, int):
            if not isinstance(table, list) or part >= len(table):
                return False
        elif not isinstance(table, dict) or part not in table:
            return False
        table = table[part]
    return True
