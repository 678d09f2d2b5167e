"""Columns of plain text, as wide as a terminal if there is one."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence

from gradtui.core.wide import filled, width, wrap

GAP = "   "
LEAST = 24
"""Cells that a wrapped column keeps; where not even they are left, a row becomes a block."""


def room() -> int | None:
    """Columns of the terminal; None where lines go elsewhere, and may be of any length."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def aligned(rows: Iterable[Sequence[str]], indent: str = "") -> str:
    """Rows of equal length as lines."""
    table = [list(row) for row in rows]
    return _lines(table, _widths(table), indent)


def fitted(
    rows: Iterable[Sequence[str]], prose: Iterable[int], total: int | None, indent: str = ""
) -> str:
    """The same within `total` cells: columns in `prose` are wrapped, the first row is the heading.

    If that is not enough, each row becomes a block: its first cell, then a line for each other.
    """
    table = [list(row) for row in rows]
    widths = _widths(table)
    if total is None:
        return _lines(table, widths, indent)
    left = total - len(indent) - len(GAP) * (len(widths) - 1)
    shared = _shared(widths, sorted(prose, key=lambda i: widths[i]), left)
    if shared is None:
        return "\n".join(_block(table[0], row, total, indent) for row in table[1:])
    wrapped = [line for row in table for line in _wrapped(row, shared)]
    return _lines(wrapped, shared, indent)


def _shared(widths: Sequence[int], prose: Sequence[int], left: int) -> list[int] | None:
    """Widths that sum to no more than `left`; `prose`, the narrowest first, shares what is left."""
    given = list(widths)
    left -= sum(own for i, own in enumerate(widths) if i not in prose)
    for place, i in enumerate(prose):
        given[i] = min(widths[i], left // (len(prose) - place))
        left -= given[i]
    short = any(given[i] < min(widths[i], LEAST) for i in prose)
    return None if left < 0 or short else given


def _wrapped(row: Sequence[str], widths: Sequence[int]) -> list[list[str]]:
    """One row as several, each cell no wider than its column."""
    cells = [wrap(cell, own) or [""] for cell, own in zip(row, widths, strict=True)]
    height = max(map(len, cells))
    return [[cell[i] if i < len(cell) else "" for cell in cells] for i in range(height)]


def _block(heading: Sequence[str], row: Sequence[str], total: int, indent: str) -> str:
    side = max(map(width, heading[1:]), default=0)
    lead = len(indent) + 2 + side + len(GAP)
    lines = [indent + row[0]]
    for title, cell in zip(heading[1:], row[1:], strict=True):
        text = wrap(cell, max(total - lead, LEAST - lead, 1)) or [""]
        first = f"{indent}  {filled(title, side)}{GAP}{text[0]}".rstrip()
        lines += [first, *(" " * lead + line for line in text[1:])]
    return "\n".join(lines)


def _widths(table: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(width, column)) for column in zip(*table, strict=True)]


def _lines(table: Sequence[Sequence[str]], widths: Sequence[int], indent: str) -> str:
    lines = []
    for row in table:
        cells = [filled(cell, own) for cell, own in zip(row, widths, strict=True)]
        lines.append((indent + GAP.join(cells)).rstrip())
    return "\n".join(lines)
