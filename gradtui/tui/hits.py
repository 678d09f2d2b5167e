"""What lies under the mouse: a pure function of what was painted, no widget and no state."""

from __future__ import annotations

from typing import Literal

from gradtui.core.frozen import frozen
from gradtui.tui.grid import Area, Spans, length
from gradtui.tui.panels import doctor, finding, footer, knobs
from gradtui.tui.panels.picture import Picture

Part = Literal[
    "name", "lane", "profile", "values", "loss", "accuracy", "axis", "knob", "key", "prescription"
]


@frozen
class Hit:
    """A part of the dashboard, and which cell of it; what a part does not have is None."""

    part: Part
    lane: int | None = None
    """From the top; of name, lane, profile and values."""
    column: int | None = None
    """Of the time axis; of lane, loss, accuracy and axis."""
    row: int | None = None
    """Of a chart, from its top."""
    name: str = ""
    """The knob, the id of the key's action, or the number of the prescription."""


def hit(picture: Picture, x: int, y: int) -> Hit | None:
    """What lies at a cell of the screen; None where nothing does."""
    layout = picture.layout
    if _inside(Area(0, layout.lanes.y, layout.width, layout.lanes.height), x, y):
        return _lane(picture, x, y)
    for part, area in (("loss", layout.loss), ("accuracy", layout.accuracy)):
        if area is not None and _inside(area, x, y):
            return Hit("loss" if part == "loss" else "accuracy", None, x - area.x, y - area.y)
    if y == layout.axis and _inside(Area(layout.lanes.x, y, layout.lanes.width, 1), x, y):
        return Hit("axis", column=x - layout.lanes.x)
    if y == layout.knobs:
        return _placed("knob", [(at, s, item.knob) for at, s, item in knobs.places(picture)], x)
    if y == layout.footer:
        return _placed("key", footer.places(picture), x)
    return _prescription(picture, x, y)


def _inside(area: Area, x: int, y: int) -> bool:
    return area.x <= x < area.x + area.width and area.y <= y < area.y + area.height


def _lane(picture: Picture, x: int, y: int) -> Hit:
    layout = picture.layout
    lane = (y - layout.lanes.y) // layout.lane_rows
    column = x - layout.lanes.x
    if column < 0:
        return Hit("name", lane)
    if column < layout.lanes.width:
        return Hit("lane", lane, column)
    return Hit("profile" if x < layout.columns.now[0] else "values", lane)


def _placed(part: Part, places: list[tuple[int, Spans, str]], x: int) -> Hit | None:
    names = (name for at, spans, name in places if at <= x < at + length(spans))
    return next((Hit(part, name=name) for name in names), None)


def _prescription(picture: Picture, x: int, y: int) -> Hit | None:
    """A brass number in the doctor's panel or in the finding line, or the words behind it."""
    layout = picture.layout
    panel = layout.doctor
    if panel is not None and _inside(panel, x, y):
        said = doctor.lines(picture, panel)
        row = y - panel.y
        return _numbered(said[row], x - panel.x) if row < len(said) else None
    if y == layout.finding:
        return _numbered(finding.line(picture), x - layout.columns.margin)
    return None


def _numbered(spans: Spans, x: int) -> Hit | None:
    """The number whose words lie at x: a span of role `key`, and all up to the next one."""
    number, at = "", 0
    for text, role, _ in spans:
        if role == "key":
            number = text.strip()
        at += length([(text, role, False)])
        if x < at:
            return Hit("prescription", name=number) if number.isdigit() and x >= 0 else None
    return None
