"""The whole lesson as a grid: a header, four parts that scroll, a message line, a footer."""

from __future__ import annotations

from collections.abc import Callable

from gradtui.core.language import tr
from gradtui.tui import numbers
from gradtui.tui.actions import key_names
from gradtui.tui.grid import Area, Grid, Spans, cells, clip, length
from gradtui.tui.lesson import descent, outputs, walk
from gradtui.tui.lesson.formula import plain
from gradtui.tui.lesson.sheet import Sheet
from gradtui.tui.numbers import UNKNOWN
from gradtui.tui.panels.header import STATES
from gradtui.tui.view import View

Part = Callable[[Sheet, int, int], int]
PARTS: dict[str, Part] = {
    "parts 1 and 2": outputs.paint, "part 3": walk.paint, "part 4": descent.paint,
}  # fmt: skip
"""Each is painted from a row on, with `gap` blank rows inside; gives the row behind it."""
TALLEST = 160
GAPS = ((2, 1), (1, 1), (1, 0), (0, 0))
"""Blank rows around the parts and inside them, from the most to the least."""
OWN_KEYS = (
    ("esc", "back"), ("j k", "next example"), ("← →", "weight"), ("↑ ↓", "layer"), ("tab", "part"),
)  # fmt: skip
LAB_KEYS = ("pause", "step", "lr.up", "activation.next", "help")
GOES = ("help", "activation", "pause", "one step", "layer", "step", "lr")
"""Labels of the footer that go first where columns are few."""


class LessonPage:
    """Paints a view's newest specimen. `top` is the first row of the parts that is shown."""

    def __init__(self) -> None:
        self.top = 0
        self._starts: list[int] = []
        self._room = 1
        self._hidden = 0
        """Rows of the parts that do not fit on the screen."""

    def scroll(self, rows: int) -> None:
        """Move the parts; the ends stop it."""
        self.top = max(0, min(self._hidden, self.top + rows))

    def turn(self) -> None:
        """Go to the next part, or on in a long one; from the end to the first."""
        stops = [start for start in self._starts if start > self.top]
        stops.append(self.top + self._room)
        self.top = 0 if self.top >= self._hidden else min(*stops, self._hidden)

    def paint(self, view: View, width: int, height: int, *, numbers: bool = True) -> Grid:
        """The whole screen; a part that raises becomes a sentence in its place."""
        self._room = room = max(height - 3, 1)
        for around, inside in GAPS:
            sheet, rows = _sheet(view, width, around, inside)
            if rows <= room:
                break
        self._starts = sheet.starts
        self._hidden = max(0, rows - room)
        self.scroll(0)
        grid = Grid.blank(width, height)
        part = grid.at(Area(0, 1, width, height - 3))
        shown = sheet.grid.at(Area(0, self.top, width, part.height))
        part.code[: shown.height], part.style[: shown.height] = shown.code, shown.style
        _header(grid, view)
        _message(grid, view, rows - self.top - room)
        _footer(grid, view, scrolls=self._hidden > 0)
        return grid


def _sheet(view: View, width: int, around: int, inside: int) -> tuple[Sheet, int]:
    """All parts below each other, and how many rows they take."""
    sheet = Sheet(view, view.state.specimen, Grid.blank(width, TALLEST))
    y = around
    for name, part in PARTS.items():
        if sheet.starts:
            sheet.rule(y)
            y += 1 + around
        sheet.starts.append(y)
        try:
            y = part(sheet, y, inside)
        except Exception as error:
            words = f"{name} failed: {type(error).__name__}: {error}"
            y = sheet.wrapped(sheet.margin, y, [(words, "exploding", False)], sheet.width)
        y += around
    return sheet, y - around


def _put(grid: Grid, view: View, x: int, y: int, spans: Spans) -> int:
    shown = spans if view.unicode else [(plain(word), role, bold) for word, role, bold in spans]
    return grid.spans(x, y, shown)


def _header(grid: Grid, view: View) -> None:
    """What is looked at, and the run's step, activation, learning rate, state."""
    state, s = view.state, view.state.specimen
    glyph, role = STATES.get(state.word, ("●", "ink"))
    step = UNKNOWN if s is None else str(s.step)
    words: list[Spans] = [[("step ", "muted", False), (step, "ink", True)]]
    if s is not None and s.ahead:
        words[0] = [*words[0], (tr(" comes next"), "muted", False)]
    if "activation" not in state.info.locked:
        words.append([(str(state.knobs["activation"]), "ink", False)])
    words.append([("lr ", "muted", False), (numbers.knob(state.knobs["lr"]), "ink", False)])
    words.append([(f"{glyph} ", role, False), (state.word, role, True)])
    left: Spans = [("lesson", "key", True), (f"   {tr('How one step learns')}", "ink", True)]
    gap = 3
    room = grid.width - 2
    if _width([left, *words], gap) > room:
        left, gap = left[:1], 2
    while len(words) > 2 and _width([left, *words], gap) > room:
        words.pop(-2)
    if _width([left, *words], gap) > room:
        words[0] = words[0][:2]
    _put(grid, view, 1, 0, left)
    x = grid.width - 1 - _width(words, gap)
    for spans in words:
        x = _put(grid, view, x, 0, spans) + gap
    grid.at(Area(0, 0, grid.width, 1)).paper("sel")


def _width(parts: list[Spans], gap: int) -> int:
    return sum(length(spans) for spans in parts) + gap * (len(parts) - 1)


def _message(grid: Grid, view: View, below: int) -> None:
    """What a key had to say, or why the run stands; how many rows are out of sight."""
    y = grid.height - 2
    state = view.state
    words = view.message or state.cause
    role = "exploding" if state.word == "failed" and not view.message else "ink"
    said = tr("{count} more row: tab") if below == 1 else tr("{count} more rows: tab")
    more = said.format(count=below) if below > 0 else ""
    _put(grid, view, 1, y, [(clip(words, max(grid.width - 2, 0)), role, False)])
    if more and cells(words) + cells(more) + 4 <= grid.width:
        grid.right(grid.width - 1, y, more, "faint")


def _footer(grid: Grid, view: View, *, scrolls: bool) -> None:
    """Keys in brass, words beside them."""
    table = {action.id: action for action in view.table if action.keys}
    named = [(keys, label) for keys, label in OWN_KEYS if scrolls or keys != "tab"]
    for name in LAB_KEYS:
        if name in table:
            keys = key_names(table[name])[0]
            if name == "lr.up" and "lr.down" in table:
                keys += f" {key_names(table['lr.down'])[0]}"
            named.append((keys, table[name].label))
    parts: list[Spans] = [
        [(keys, "key", True), (f" {label}", "muted", False)] for keys, label in named
    ]
    gap = 3 if grid.width >= 100 else 2
    for label in GOES:
        if _width(parts, gap) <= grid.width - 2:
            break
        parts = [spans for spans in parts if spans[1][0] != f" {label}"]
    x = 1
    for spans in parts:
        x = _put(grid, view, x, grid.height - 1, spans) + gap
    grid.at(Area(0, grid.height - 1, grid.width, 1)).paper("sel")
