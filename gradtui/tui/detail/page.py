"""The layer detail as a grid: header and knobs as on the main screen, the layer, a footer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gradtui.core.histograms import KINDS
from gradtui.tui import layout as main_layout
from gradtui.tui import window
from gradtui.tui.actions import key_names
from gradtui.tui.composer import guarded, too_small
from gradtui.tui.detail import head, histograms, statistics
from gradtui.tui.detail.layout import arrange
from gradtui.tui.detail.sheet import Sheet
from gradtui.tui.draw.lanes import Lanes
from gradtui.tui.draw.plain import plain
from gradtui.tui.grid import Area, Grid, Spans, length
from gradtui.tui.panels import finding, header, knobs
from gradtui.tui.panels.picture import Picture
from gradtui.tui.roster import roster
from gradtui.tui.view import View

Painter = Callable[[Grid, Sheet], None]
OWN_KEYS = ("back", "layer.up", "histograms", "chart")
LAB_KEYS = ("pause", "step", "activation.next", "theme", "help")
LABELS = {"activation.next": "activation", "chart": "panel"}
GOES = ("theme", "help", "activation.next", "step", "layer.up", "histograms", "chart")
"""What goes first of the footer where columns are few."""


class DetailPage:
    """Paints the selected layer of a view."""

    def __init__(self, *, over_time: bool = False) -> None:
        self.over_time = over_time
        """Histograms over the steps instead of now."""
        self.first = 0
        """Which panel stands left, where not all fit."""
        self._last: Grid | None = None
        self._key: object = None

    def turn(self) -> None:
        """The next panel, around."""
        self.first = (self.first + 1) % len(KINDS)

    def paint(self, view: View, width: int, height: int, *, numbers: bool = True) -> Grid:
        """The whole screen. Without `numbers` only header, knobs and finding line are new."""
        shown = roster(view)
        main = main_layout.arrange(width, height, shown, view.chart)
        if main is None:
            self._last = None
            return too_small(view, width, height)
        layout = arrange(width, height)
        axis = window.axis(view, layout.panels[0][1])
        # No cursor is on this page, and the doctor has no panel here but the finding line.
        bare = replace(view, cursor=None, hover=None, prompt=None)
        picture = Picture(
            bare, replace(main, knobs=layout.knobs, doctor=None), axis, Lanes(), shown
        )
        kinds = tuple(KINDS[(self.first + i) % len(KINDS)] for i in range(len(layout.panels)))
        if len(layout.panels) == len(KINDS):
            kinds = KINDS
        sheet = Sheet(picture, layout, axis, kinds, self.over_time)
        key = (layout, kinds, self.over_time, sheet.layer, axis.segments, view.unicode)
        if numbers or key != self._key or self._last is None:
            grid = Grid.blank(width, height)
            todo = [*_plates(sheet), *_parts(sheet)]
        else:
            grid = self._last.copy()
            todo = _plates(sheet)
        self._key = key
        for name, area, painter in todo:
            guarded(grid, sheet, name, area, painter)
        self._last = grid.copy()
        if not view.unicode:
            plain(grid)
        return grid


def _plates(sheet: Sheet) -> list[tuple[str, Area, Painter]]:
    """What the main screen has as well."""
    layout, width = sheet.picture.layout, sheet.picture.layout.width
    return [
        ("header", Area(0, 0, width, 1), lambda grid, s: header.paint(grid, s.picture)),
        (
            "knobs",
            Area(0, layout.knobs or 0, width, 1 if layout.knobs else 0),
            lambda grid, s: knobs.paint(grid, s.picture),
        ),
        (
            "finding",
            Area(0, layout.finding, width, 1),
            lambda grid, s: finding.paint(grid, s.picture),
        ),
    ]


def _parts(sheet: Sheet) -> list[tuple[str, Area, Painter]]:
    """(name, what it covers, how it is painted)."""
    layout, width = sheet.layout, sheet.picture.layout.width
    top = layout.charts[0].title
    bars = histograms.paint_over_time if sheet.over_time else histograms.paint
    rows: list[tuple[str, int | None, int, Painter]] = [
        ("layer", layout.head, 1, head.paint),
        ("formula", layout.formula, 1, head.paint_formula),
        ("neighbours", layout.flow, 1, head.paint_flow),
        ("histograms", layout.titles, layout.values + 1 - layout.titles, bars),
        ("statistics", top, sheet.picture.layout.finding - top, statistics.paint),
        ("footer", sheet.picture.layout.footer, 1, paint_footer),
    ]
    return [
        (name, Area(0, y, width, high), painter) for name, y, high, painter in rows if y is not None
    ]


def paint_footer(grid: Grid, sheet: Sheet) -> None:
    """Keys in brass, words beside them."""
    layout = sheet.picture.layout
    row = grid.at(Area(0, layout.footer, layout.width, 1))
    table = {action.id: action for action in sheet.picture.view.table if action.keys}
    ids = [name for name in (*OWN_KEYS, *LAB_KEYS) if name in table]
    if len(sheet.layout.panels) == len(KINDS) and "chart" in ids:
        ids.remove("chart")
    if layout.knobs is not None and "activation.next" in ids:
        ids.remove("activation.next")
    gap, margin = (2, 0) if sheet.layout.compact else (3, 1)

    def spans(name: str) -> Spans:
        keys = key_names(table[name])[-1 if name == "layer.up" else 0]
        if name == "layer.up" and "layer.down" in table:
            keys = f"{key_names(table['layer.down'])[-1]} {keys}"
        label = LABELS.get(name, table[name].label)
        if name == "histograms":
            label = "now" if sheet.over_time else "over time"
        return [("esc" if keys == "escape" else keys, "key", True), (f" {label}", "muted", False)]

    for name in GOES:
        if sum(length(spans(i)) + gap for i in ids) - gap <= layout.width - 2 * margin:
            break
        if name in ids:
            ids.remove(name)
    x = margin
    for name in ids:
        x = row.spans(x, 0, spans(name)) + gap
    row.paper("sel")
