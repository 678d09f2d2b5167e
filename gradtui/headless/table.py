"""Columns of plain text, as wide as a terminal if there is one."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence
from textwrap import wrap

GAP = "   "
LEAST = 24
"""Characters that a wrapped column keeps; where not even they are left, a row becomes a block."""


def room() -> int | None:
    """Columns of the terminal; None where lines go elsewhere, and may be of any length."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def aligned(rows: Iterable[Sequence[str]], right: Iterable[int] = (), indent: str = "") -> str:
    """Rows of equal length as lines; the columns in `right` are aligned to the right."""
    table = [list(row) for row in rows]
    return _lines(table, _widths(table), frozenset(right), indent)


def fitted(
    rows: Iterable[Sequence[str]], prose: Iterable[int], width: int | None, indent: str = ""
) -> str:
    """The same within `width`: the columns in `prose` are wrapped, the first row is the heading.

    If that is not enough, each row becomes a block: its first cell, then a line for each other.
    """
    table = [list(row) for row in rows]
    widths = _widths(table)
    if width is None:
        return _lines(table, widths, frozenset(), indent)
    left = width - len(indent) - len(GAP) * (len(widths) - 1)
    shared = _shared(widths, sorted(prose, key=lambda i: widths[i]), left)
    if shared is None:
        return "\n".join(_block(table[0], row, width, indent) for row in table[1:])
    wrapped = [line for row in table for line in _wrapped(row, shared)]
    return _lines(wrapped, shared, frozenset(), indent)


def _shared(widths: Sequence[int], prose: Sequence[int], left: int) -> list[int] | None:
    """Widths that sum to no more than `left`; `prose`, the narrowest first, shares what is left."""
    given = list(widths)
    left -= sum(width for i, width in enumerate(widths) if i not in prose)
    for place, i in enumerate(prose):
        given[i] = min(widths[i], left // (len(prose) - place))
        left -= given[i]
    short = any(given[i] < min(widths[i], LEAST) for i in prose)
    return None if left < 0 or short else given


def _wrapped(row: Sequence[str], widths: Sequence[int]) -> list[list[str]]:
    """One row as several, each cell no wider than its column."""
    cells = [wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
    height = max(map(len, cells))
    return [[cell[i] if i < len(cell) else "" for cell in cells] for i in range(height)]


def _block(heading: Sequence[str], row: Sequence[str], width: int, indent: str) -> str:
    side = max(map(len, heading[1:]), default=0)
    lead = f"{indent}  {'':{side}}{GAP}"
    lines = [indent + row[0]]
    for title, cell in zip(heading[1:], row[1:], strict=True):
        first = f"{indent}  {title:{side}}{GAP}"
        text = wrap(cell, max(width, LEAST), initial_indent=first, subsequent_indent=lead)
        lines += text or [first.rstrip()]
    return "\n".join(lines)


def _widths(table: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*table, strict=True)]


def _lines(
    table: Sequence[Sequence[str]], widths: Sequence[int], right: frozenset[int], indent: str
) -> str:
    lines = []
    for row in table:
        cells = [
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append((indent + GAP.join(cells)).rstrip())
    return "\n".join(lines)
