"""Windows in cells: a plate with lines on it, framed where no background sets it apart."""

from __future__ import annotations

from collections.abc import Sequence

from gradtui.tui.grid import Area, Grid, Spans, cells, clip

GAP = 2


def lay(
    grid: Grid, area: Area, lines: Sequence[Spans], *, margin: tuple[int, int], framed: bool
) -> None:
    """Put a plate into an area, and lines on it, `margin` columns and rows from its edge.

    A frame takes the outermost cells, and moves the lines in where they would touch it.
    """
    part = grid.at(area)
    part.clear()
    part.paper("sel")
    across, down = margin
    if framed:
        across, down = max(across, 2), max(down, 1)
        frame(part)
    width = max(part.width - 2 * across, 0)
    for y, line in enumerate(lines[: max(part.height - 2 * down, 0)]):
        part.spans(across, down + y, cut(line, width))


def frame(grid: Grid, role: str = "muted") -> None:
    """`─│╭╮╰╯` around a grid."""
    right, bottom = grid.width - 1, grid.height - 1
    for y in range(grid.height):
        grid.text(0, y, "│", role)
        grid.text(right, y, "│", role)
    for y, left, end in ((0, "╭", "╮"), (bottom, "╰", "╯")):
        grid.text(0, y, f"{left}{'─' * (right - 1)}{end}", role)


def scrolled(
    lines: Sequence[Spans], room: int, chosen: int | None, top: int
) -> tuple[list[Spans], int]:
    """The lines that fit into so many rows from `top` on, and the top that shows the chosen one."""
    if chosen is not None:
        top = min(max(top, chosen - room + 1), chosen)
    top = max(min(top, len(lines) - room), 0)
    return list(lines[top : top + room]), top


def cut(line: Spans, width: int) -> Spans:
    """At most so many cells of a line; what was cut ends in `…`."""
    kept: list[tuple[str, str, bool]] = []
    left = width
    for text, role, bold in line:
        if cells(text) > left:
            return [*kept, (clip(text, left - 1) + "…" if left > 0 else "", role, bold)]
        kept.append((text, role, bold))
        left -= cells(text)
    return kept


def beside(left: Sequence[Spans], right: Sequence[Spans], width: int) -> list[Spans]:
    """Two columns as one: the left one cut and filled to `width`."""
    rows = max(len(left), len(right))
    pairs = zip(_filled(left, rows), _filled(right, rows), strict=True)
    return [[*pad(cut(one, width), width), *two] for one, two in pairs]


def _filled(lines: Sequence[Spans], rows: int) -> list[Spans]:
    return [*lines, *([[]] * (rows - len(lines)))]


def pad(line: Spans, width: int) -> Spans:
    """A line with blanks up to so many cells."""
    return [*line, (" " * max(width - sum(cells(text) for text, _, _ in line), 0), "ink", False)]


def right(line: Spans, tail: Spans, width: int) -> Spans:
    """A line with another at the right end; the line gives way."""
    room = width - sum(cells(text) for text, _, _ in tail)
    return [*pad(cut(line, max(room - GAP, 0)), max(room, 0)), *tail]
