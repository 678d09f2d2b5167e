"""SVG: a still as it is, a film as rows that are shown while they hold. It needs no script.

A row that comes again is drawn once. The clock of all rows is one animation that begins anew at
its end (SMIL), so that the film loops wherever pictures may move.
"""

from __future__ import annotations

from collections import defaultdict
from html import escape

from gradtui.recording.rows import segments
from gradtui.recording.screen import Film, Picture
from gradtui.tui import svg
from gradtui.tui.svg import HIGH, LOOK, PAD, WIDE, Drawing

Showings = dict[tuple[int, str], list[tuple[float, float]]]
"""(row, name of what it shows) -> (from, to) in seconds."""


def picture(film: Film) -> bytes:
    """The film, or the still, as an SVG file."""
    if film.still:
        first = film.pictures[0]
        rows = [segments(film, first, y) for y in range(film.height)]
        return svg.svg(rows, film.title).encode()
    names: dict[bytes, str] = {}
    drawn: dict[str, Drawing] = {}
    shown: Showings = defaultdict(list)
    ends = [*(p.at for p in film.pictures[1:]), film.seconds]
    for one, end in zip(film.pictures, ends, strict=True):
        for y in range(film.height):
            key = one.codes[y].tobytes() + one.looks[y].tobytes()
            if key not in names:
                names[key] = f"r{len(names)}"
                drawn[names[key]] = _drawing(film, one, y)
            _show(shown[y, names[key]], one.at, end)
    return _file(film, drawn, shown).encode()


def _drawing(film: Film, one: Picture, y: int) -> Drawing:
    drawing = Drawing()
    drawing.row(0, segments(film, one, y))
    return drawing


def _show(spans: list[tuple[float, float]], start: float, end: float) -> None:
    """A row that goes on is shown once, for longer."""
    if spans and spans[-1][1] == start:
        spans[-1] = (spans[-1][0], end)
    else:
        spans.append((start, end))


def _file(film: Film, drawn: dict[str, Drawing], shown: Showings) -> str:
    paper = _paper(drawn)
    width, height = 2 * PAD + WIDE * film.width, 2 * PAD + HIGH * film.height
    rows = []
    for name, drawing in drawn.items():
        _, boxes, dots = drawing.shapes(paper)
        lines = f'<g stroke-width="3" stroke-linecap="round">{"".join(dots)}</g>' if dots else ""
        crisp = f'<g shape-rendering="crispEdges">{"".join(boxes)}</g>'
        rows.append(f'<g id="{name}">{crisp}{lines}{"".join(drawing.rows)}</g>')
    uses = [_use(y, name, spans) for (y, name), spans in sorted(shown.items())]
    animate = (
        '<animate id="film" attributeName="x" values="0" begin="0s;film.end" '
        f'dur="{film.seconds:.3f}s"/></rect>'
    )
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>{escape(film.title, quote=False)}</title>",
        f"<style>{LOOK}</style>", "<defs>", *rows, "</defs>",
        f'<rect width="{width}" height="{height}" fill="{paper}">',
        animate,
        '<g xml:space="preserve">', *uses, "</g>", "</svg>", "",
    ])  # fmt: skip


def _paper(drawn: dict[str, Drawing]) -> str:
    """The background that covers most of all rows."""
    covers: dict[str, float] = defaultdict(float)
    for drawing in drawn.values():
        for color, boxes in drawing.papers.items():
            covers[color] += sum(box[2] for box in boxes)
    return max(covers, key=lambda color: covers[color], default="#000000")


def _use(y: int, name: str, spans: list[tuple[float, float]]) -> str:
    sets = "".join(
        f'<set attributeName="display" to="inline" begin="film.begin+{start:.3f}s" '
        f'dur="{end - start:.3f}s"/>'
        for start, end in spans
        if end > start
    )
    return f'<use href="#{name}" y="{HIGH * y}" display="none">{sets}</use>'
