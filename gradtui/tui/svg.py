"""Rows of styled text as an SVG that needs no font but any monospaced one, and no network.

Blocks, dots and rules are drawn as shapes, so they join as they do in a terminal whatever font
the reader has; the text lies over them in full, to be searched and copied. Everything is grouped
by colour: one path for all rectangles of a colour, one for all its dots.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from html import escape

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import SVG_EXPORT_THEME

WIDE, HIGH, PAD = 10, 20, 10
"""Of a cell, and around the picture, in user units."""
BASE = 15
"""From the top of a cell to the line that letters stand on."""
LOOK = (
    "text{font:16.6px 'DejaVu Sans Mono',ui-monospace,Menlo,Consolas,monospace;white-space:pre}"
    ".b{font-weight:700}.g{fill:none}"
)
NULL = Style.null()
Box = tuple[float, float, float, float]
"""x, y, width, height in cells."""


def _boxes() -> dict[str, tuple[Box, ...]]:
    """Glyphs that are rectangles: block elements and straight rules."""
    boxes: dict[str, tuple[Box, ...]] = {
        "▀": ((0, 0, 1, 0.5),), "▐": ((0.5, 0, 0.5, 1),),
        "▔": ((0, 0, 1, 0.125),), "▕": ((0.875, 0, 0.125, 1),),
        "│": ((0.43, 0, 0.14, 1),), "┃": ((0.36, 0, 0.28, 1),), "─": ((0, 0.465, 1, 0.07),),
        "┊": tuple((0.44, y / 8 + 0.0375, 0.12, 0.175) for y in (0, 2, 4, 6)),
    }  # fmt: skip
    for n in range(1, 9):
        boxes[chr(0x2580 + n)] = ((0, 1 - n / 8, 1, n / 8),)  # ▁ to █, from below
        boxes[chr(0x2590 - n)] = ((0, 0, n / 8, 1),)  # ▏ to █, from the left
    return boxes


BOXES = _boxes()
DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
"""(column, row) of each bit of a braille character."""


def _is_braille(glyph: str) -> bool:
    return "\u2801" <= glyph <= "\u28ff"


def _color(color: Color | None, *, foreground: bool) -> str:
    """What a terminal would show; of one's own 16 colours the usual ones."""
    return (color or Color.default()).get_truecolor(SVG_EXPORT_THEME, foreground).hex


def _colors(style: Style | None) -> tuple[str, str]:
    """Foreground and background."""
    style = style or NULL
    front = _color(style.color, foreground=True)
    back = _color(style.bgcolor, foreground=False)
    return (back, front) if style.reverse else (front, back)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


class Drawing:
    """The paths of all colours, and the rows of text."""

    def __init__(self) -> None:
        self.papers: defaultdict[str, list[Box]] = defaultdict(list)
        self.boxes: defaultdict[str, list[Box]] = defaultdict(list)
        self.dots: defaultdict[str, list[str]] = defaultdict(list)
        self.rows: list[str] = []

    def row(self, y: int, segments: Iterable[Segment]) -> None:
        """One row of the screen. Each word begins on its own cell, whatever the font."""
        words: list[tuple[int, str, str]] = []  # cell, look, text
        x = 0
        for text, style, _ in segments:
            front, back = _colors(style)
            look = f'fill="{front}" class="b"' if style and style.bold else f'fill="{front}"'
            _add(self.papers[back], (x, y, cell_len(text), 1))
            for glyph in text:
                own = 'class="g"' if self._shape(x, y, glyph, front) else look
                if words and (glyph == " " or (words[-1][1] == own and words[-1][2][-1] != " ")):
                    words[-1] = (*words[-1][:2], words[-1][2] + glyph)
                else:
                    words.append((x, own, glyph))
                x += 1 if glyph.isascii() else cell_len(glyph)
        spans = (
            f'<tspan x="{PAD + WIDE * at}" {look}>{escape(word, quote=False)}</tspan>'
            for at, look, word in words
        )
        self.rows.append(f'<text y="{PAD + HIGH * y + BASE}">{"".join(spans)}</text>')

    def _shape(self, x: int, y: int, glyph: str, color: str) -> bool:
        """Draw a glyph that is no letter; false if it is one."""
        if _is_braille(glyph):
            for bit, (column, row) in enumerate(DOTS):
                if ord(glyph) >> bit & 1:
                    at_x = PAD + WIDE * (x + 0.25 + column / 2)
                    at_y = PAD + HIGH * (y + 0.125 + row / 4)
                    self.dots[color].append(f"M{_number(at_x)} {_number(at_y)}h0")
            return True
        for left, top, width, height in BOXES.get(glyph, ()):
            _add(self.boxes[color], (x + left, y + top, width, height))
        return glyph in BOXES

    def shapes(self, paper: str | None = None) -> tuple[str, list[str], list[str]]:
        """The paper that covers most (or this one), and all that lies on it: boxes, dots."""
        papers = self.papers
        if paper is None:
            covers = {color: sum(box[2] for box in papers[color]) for color in papers}
            paper = max(covers, key=lambda color: covers[color], default="#000000")
        boxes = [
            f'<path fill="{color}" d="{_path(boxes)}"/>'
            for group in (papers, self.boxes)
            for color, boxes in group.items()
            if not (group is papers and color == paper)
        ]
        dots = [f'<path stroke="{color}" d="{"".join(d)}"/>' for color, d in self.dots.items()]
        return paper, boxes, dots


def _add(boxes: list[Box], box: Box) -> None:
    """Append a box; one that goes on where the last one ends makes it longer."""
    x, y, width, height = box
    if boxes:
        before = boxes[-1]
        if before[1] == y and before[3] == height and before[0] + before[2] == x:
            boxes[-1] = (before[0], y, before[2] + width, height)
            return
    boxes.append(box)


def _path(boxes: list[Box]) -> str:
    parts = []
    for x, y, width, height in boxes:
        wide, high = _number(WIDE * width), _number(HIGH * height)
        at = f"{_number(PAD + WIDE * x)} {_number(PAD + HIGH * y)}"
        parts.append(f"M{at}h{wide}v{high}h-{wide}z")
    return "".join(parts)


def svg(rows: Sequence[Iterable[Segment]], title: str) -> str:
    """The picture of a screen; its text, row by row, is that of the segments."""
    drawing = Drawing()
    columns = 0
    for y, segments in enumerate(rows):
        listed = [_clean(segment) for segment in segments]
        columns = max(columns, sum(segment.cell_length for segment in listed))
        drawing.row(y, listed)
    width, height = 2 * PAD + WIDE * columns, 2 * PAD + HIGH * len(rows)
    paper, shapes, dots = drawing.shapes()
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>{escape(title, quote=False)}</title>",
        f"<style>{LOOK}</style>",
        f'<rect width="{width}" height="{height}" fill="{paper}"/>',
        '<g shape-rendering="crispEdges">', *shapes, "</g>",
        '<g stroke-width="3" stroke-linecap="round">', *dots, "</g>",
        '<g xml:space="preserve">', *drawing.rows, "</g>", "</svg>", "",
    ])  # fmt: skip


def _clean(segment: Segment) -> Segment:
    """XML takes no control characters."""
    if segment.text.isprintable():
        return segment
    return Segment("".join(c if c.isprintable() else " " for c in segment.text), segment.style)


def plain(rows: Sequence[Iterable[Segment]]) -> str:
    """The same screen as text, without the blanks at the ends of its rows."""
    lines = ["".join(_clean(part).text for part in segments).rstrip() for segments in rows]
    return "\n".join([*lines, ""])
