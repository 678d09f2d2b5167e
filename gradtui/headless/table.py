"""Aligned columns of plain text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

GAP = "   "


def aligned(rows: Iterable[Sequence[str]], right: Iterable[int] = (), indent: str = "") -> str:
    """Rows of equal length as lines; the columns in `right` are aligned to the right."""
    table = [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    to_the_right = set(right)
    lines = []
    for row in table:
        cells = [
            cell.rjust(width) if i in to_the_right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append((indent + GAP.join(cells)).rstrip())
    return "\n".join(lines)
