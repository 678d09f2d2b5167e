"""Panels to one grid: the whole screen as arrays, without a terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from gradtui.tui import window
from gradtui.tui.draw.lanes import Lanes
from gradtui.tui.draw.plain import plain
from gradtui.tui.grid import Area, Grid
from gradtui.tui.layout import MIN_HEIGHT, MIN_WIDTH, Layout, arrange
from gradtui.tui.panels import (
    charts,
    cursor,
    doctor,
    finding,
    footer,
    header,
    heads,
    knobs,
    labels,
    lanes,
    legend,
    profile,
    prompt,
    rows,
    task,
)
from gradtui.tui.panels.picture import Picture
from gradtui.tui.roster import Roster, roster
from gradtui.tui.timeline import Timeline
from gradtui.tui.view import View

Painter = Callable[[Grid, Picture], None]
P = TypeVar("P")
SELDOM: dict[str, Callable[[Picture], object]] = {
    "knobs": knobs.values_of, "names": rows.names_of, "footer": footer.keys_of,
}  # fmt: skip
"""Panels that say the same for long, and what that depends on."""


class Composer:
    """Paints a view into a grid of any size; keeps what the next painting can reuse."""

    def __init__(self) -> None:
        self.picture: Picture | None = None
        """What was painted last; None where there was no room."""
        self._lanes = Lanes()
        self._roster: Roster | None = None
        self._last: Grid | None = None
        self._key: object = None
        self.timeline: Timeline | None = None
        """The time axis of the last painting; None where there was no room for one."""
        self._asked: object = None
        self._said: dict[str, tuple[object, Grid]] = {}
        """What panels that change seldom have said, and what that depended on."""

    def paint(self, view: View, width: int, height: int, *, numbers: bool = True) -> Grid:
        """The whole screen. Without `numbers` values, profile and words stay as they were."""
        shown = self._shown(view, numbers=numbers)
        layout = arrange(width, height, shown, view.chart, task.rows(view, width, height))
        if layout is None:
            self._last = self.timeline = self.picture = None
            return too_small(view, width, height)
        axis = self.timeline = window.axis(view, layout.lanes.width)
        picture = self.picture = Picture(view, layout, axis, self._lanes, shown)
        key = (
            shown, layout, axis.spc, axis.segments, view.quantity, view.selected, view.unicode,
            view.ordinate, view.cursor, view.hover,
        )  # fmt: skip
        if numbers or key != self._key or self._last is None:
            grid = Grid.blank(width, height)
            todo = _panels(layout, numbers=True)
        else:
            grid = self._last.copy()
            todo = _panels(layout, numbers=False)
        self._key = key
        for name, area, painter in todo:
            self._paint(grid, picture, name, area, painter)
        self._last = grid.copy()
        if not view.unicode:
            plain(grid)
        return grid

    def words(self) -> list[int]:
        """The rows that answer a key: header, knobs, finding line."""
        return [] if self.picture is None else [at.y for _, at, _ in _words(self.picture.layout)]

    def answer(self, view: View, width: int, height: int) -> Grid | None:
        """The last painting, but for the rows that answer a key: a tenth of a painting's work.

        None where that one does not fit any more, or something lies above those rows.
        """
        last, before = self._last, self.picture
        if last is None or before is None or view.prompt is not None:
            return None
        if (last.width, last.height) != (width, height):
            return None
        picture = replace(before, view=view)
        grid = last.copy()
        for name, area, painter in _words(before.layout):
            self._paint(grid, picture, name, area, painter)
        if not view.unicode:
            plain(grid)
        return grid

    def _paint(self, grid: Grid, picture: Picture, name: str, area: Area, painter: Painter) -> None:
        """A panel that would say what it said last time is not asked again."""
        if name not in SELDOM:
            guarded(grid, picture, name, area, painter)
            return
        key, (known, said) = (area, SELDOM[name](picture)), self._said.get(name, (None, None))
        part = grid.at(area)
        if said is not None and known == key:
            part.code[...], part.style[...] = said.code, said.style
        else:
            guarded(grid, picture, name, area, painter)
            self._said[name] = key, part.copy()

    def _shown(self, view: View, *, numbers: bool) -> Roster:
        """The worst are looked for when numbers are painted, or the list would be restless."""
        key = (view.state.info.layers, view.pattern, view.order, len(view.opened), view.selected)
        if numbers or key != self._asked or self._roster is None:
            self._asked, self._roster = key, roster(view)
        return self._roster


def _panels(layout: Layout, *, numbers: bool) -> list[tuple[str, Area, Painter]]:
    """(name, what it covers, how it is painted); the later ones lie above."""
    width = layout.width
    lane, time = layout.lanes, layout.lanes.width + 3
    chart_areas = [area for area in (layout.loss, layout.accuracy) if area]
    quick: list[tuple[str, Area | None, Painter]] = [
        ("lanes", lane, lanes.paint),
        ("loss", layout.loss, charts.paint_loss),
        ("accuracy", layout.accuracy, charts.paint_accuracy),
        ("step axis", _row(layout.axis, lane.x, time), charts.paint_axis),
        *_words(layout),
    ]
    top = chart_areas[0].y
    slow: list[tuple[str, Area | None, Painter]] = [
        ("heads", _row(layout.heads, 0, width), heads.paint),
        ("names", Area(0, lane.y, lane.x, lane.height), rows.paint_names),
        ("ticks", Area(0, top, lane.x, layout.bottom - top), charts.paint_ticks),
        ("profile", _profile_area(layout), profile.paint),
        ("values", _values_area(layout), rows.paint_values),
        ("legend", _row(layout.legend, 0, width), legend.paint),
        ("labels", Area(lane.x + time, top, 26, layout.bottom - top), labels.paint),
        ("doctor", layout.doctor, doctor.paint),
        ("lesson", layout.lesson, task.paint),
        ("footer", _row(layout.footer, 0, width), footer.paint),
    ]
    above: list[tuple[str, Area | None, Painter]] = [
        ("markers", None, lanes.paint_labels) if numbers else ("", None, _nothing),
        ("marker lines", None, lanes.paint_lines),
        ("cursor", None, cursor.paint_line),
        ("selection", None, _select),
        ("prompt", None, prompt.paint),
    ]
    listed = [*quick, *slow, *above] if numbers else [*quick, *above]
    nowhere = Area(0, 0, 0, 0)
    return [(name, area or nowhere, painter) for name, area, painter in listed]


def _words(layout: Layout) -> list[tuple[str, Area, Painter]]:
    """What answers a key, a row each."""
    rows = (("header", 0, header.paint), ("knobs", layout.knobs, knobs.paint),
            ("finding", layout.finding, finding.paint))  # fmt: skip
    return [(name, Area(0, y, layout.width, 1), how) for name, y, how in rows if y is not None]


def _row(y: int | None, x: int, width: int) -> Area | None:
    return None if y is None else Area(x, y, width, 1)


def _profile_area(layout: Layout) -> Area | None:
    if layout.columns.profile is None:
        return None
    x, width = layout.columns.profile
    return Area(x, layout.lanes.y, width, layout.lanes.height)


def _values_area(layout: Layout) -> Area:
    x = layout.columns.now[0]
    return Area(x, layout.lanes.y, layout.width - x, layout.lanes.height)


def _nothing(grid: Grid, picture: Picture) -> None:
    """Labels stay as they are until the numbers are painted."""


def _select(grid: Grid, picture: Picture) -> None:
    """The plate of the selected lane."""
    high = picture.layout.lane_rows
    top = picture.layout.lanes.y + picture.selected * high
    grid.at(Area(0, top, grid.width, high)).paper("sel")


def guarded(
    grid: Grid, picture: P, name: str, area: Area, painter: Callable[[Grid, P], None]
) -> None:
    """A panel that raises becomes a sentence in its area; everything else goes on."""
    part = grid.at(area)
    part.clear()
    try:
        painter(grid, picture)
    except Exception as error:
        part.clear()
        part.text(0, 0, f"panel {name} failed: {type(error).__name__}: {error}", "exploding")


def too_small(view: View, width: int, height: int) -> Grid:
    """What a terminal below the least size shows."""
    grid = Grid.blank(width, height)
    step = "–" if view.state.step is None else view.state.step
    needs = f"needs {MIN_WIDTH}x{MIN_HEIGHT}"
    for y, words in enumerate((needs, f"here {width}x{height}", f"step {step}", view.state.word)):
        grid.text(0, y, words, "ink")
    if not view.unicode:
        plain(grid)
    return grid
