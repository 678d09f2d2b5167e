"""What a net says of rows it was not trained on, as it learns to say them."""

from __future__ import annotations

import numpy as np

from gradtui.core import text
from gradtui.core.texts import Text, Texts
from gradtui.tui.framed import framed
from gradtui.tui.grid import Area, Grid, Span, cells, clip, length
from gradtui.tui.panels.picture import Picture
from gradtui.tui.panels.says import compared, exact_match
from gradtui.tui.view import View

GAP, MARGIN = 3, 1
STRIP, STRIP_NAME = 8, 19
"""Most rows of the strip of the exact match, and the cells left of it."""
LEVELS = " ▁▂▃▄▅▆▇█"
PLAIN_LEVELS = " .:-=+*##"


class Spoken:
    """Paints the texts of a view's run."""

    def paint(self, view: View, width: int, height: int, *, numbers: bool = True) -> Grid:
        """The whole screen."""
        beside = STRIP_NAME + MARGIN
        return framed(view, width, height, "what the net says", _body, beside=beside)


def _body(grid: Grid, picture: Picture, area: Area) -> None:
    texts = picture.state.texts
    if texts is None or not texts.texts:
        return
    _head(grid, picture, texts, area.y + 1)
    top, end = area.y + 3, area.y + area.height
    if not texts.texts[0].target:
        _passages(grid, texts, Area(MARGIN, top, grid.width - 2 * MARGIN, end - top))
        return
    shown = texts.texts[: max(end - top - 1, 0)]
    _table(grid, shown, top)
    top += len(shown) + 2
    rows = min(end - top, STRIP)
    if rows >= 2:
        _strip(grid, picture, Area(STRIP_NAME, top, grid.width - STRIP_NAME - MARGIN, rows))


def _head(grid: Grid, picture: Picture, texts: Texts, y: int) -> None:
    state = picture.state
    spans: list[Span] = []
    if not texts.texts[0].target:
        spans += [("THE TEXT GOES ON ", "ink", True)]
        spans += [("from the held-out part, as the net writes it", "muted", False)]
    else:
        right = sum(each.right for each in texts.texts)
        role = "ok" if right == len(texts.texts) else "ink"
        spans = [
            ("TRANSLATIONS ", "ink", True),
            (f"{right} of {len(texts.texts)} right", role, True),
        ]
        if (share := exact_match(state)) is not None:
            spans += [("   exact match ", "muted", False), (text.share(share), role, True)]
        if state.evals:
            share = state.evals[-1].accuracy
            spans += [("   symbols ", "muted", False), (text.share(share), "ink", False)]
    step = (f"   before step {texts.step}", "faint", False)
    if MARGIN + length([*spans, step]) <= grid.width:
        spans.append(step)
    grid.spans(MARGIN, y, spans)


def _table(grid: Grid, texts: tuple[Text, ...], y: int) -> None:
    """Source, target, what was said, each under its head."""
    columns = [MARGIN + 2]
    for name in ("source", "target"):
        longest = max(cells(getattr(each, name)) for each in texts)
        columns.append(columns[-1] + max(longest, len(name)) + GAP)
    for x, name in zip(columns, ("source", "target", "the net says"), strict=True):
        grid.text(x, y, name, "faint")
    for row, each in enumerate(texts, y + 1):
        glyph, role = ("✓", "ok") if each.right else ("×", "exploding")
        grid.text(MARGIN, row, glyph, role, bold=True)
        grid.text(columns[0], row, clip(each.source, columns[1] - columns[0] - 1), "ink")
        grid.text(columns[1], row, clip(each.target, columns[2] - columns[1] - 1), "muted")
        grid.spans(columns[2], row, compared(each.said, each.target))


def _passages(grid: Grid, texts: Texts, area: Area) -> None:
    """How each text begins, and how the net goes on; a blank row between two."""
    y, end = area.y, area.y + area.height
    for each in texts.texts:
        x = area.x
        for part, role in ((each.source, "muted"), (each.said, "ink")):
            for char in part:
                if char == "\n" or x + cells(char) > area.x + area.width:
                    x, y = area.x, y + 1
                if y >= end:
                    return
                if char != "\n":
                    x = grid.text(x, y, char, role, bold=role == "ink")
        y += 2
        if y >= end:
            return


def _strip(grid: Grid, picture: Picture, area: Area) -> None:
    """The exact match over the run, on its time axis."""
    timeline, levels = picture.timeline, LEVELS if picture.unicode else PLAIN_LEVELS
    told = [(e.step, e.exact_match) for e in picture.state.evals if e.exact_match is not None]
    grid.text(MARGIN, area.y, "exact match", "muted")
    grid.right(area.x - 1, area.y, "100 %", "faint")
    grid.right(area.x - 1, area.y + area.height - 1, "0", "faint")
    if not told:
        return
    steps = np.array([step for step, _ in told])
    for column in range(min(timeline.pen + 1, area.width)):
        first = int(timeline.starts[column])
        if first < 0:
            continue
        at = int(np.searchsorted(steps, first + timeline.spc - 1, side="right")) - 1
        if at < 0:
            continue
        filled = round(8 * area.height * told[at][1])
        for row in range(area.height):
            level = int(np.clip(filled - 8 * row, 0, 8))
            grid.text(area.x + column, area.y + area.height - 1 - row, levels[level], "healthy")
    for column in timeline.marked:
        for y in range(area.y, area.y + area.height):
            grid.text(area.x + column, y, "│" if picture.unicode else "|", "markline")
