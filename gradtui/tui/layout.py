"""Where everything goes: a pure function of the terminal's size and the layers to show.

Left is time (lanes, loss, accuracy on one axis), right is now. What goes first when columns
shrink: update, gain, doctor, direct labels, profile; when rows shrink: blank rows, legend, the
second chart, rows of the first, knob bar, and then lanes hold 2, 3, 4 … layers each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from gradtui.core.frozen import frozen
from gradtui.tui.blocks import Group
from gradtui.tui.grid import Area, cells
from gradtui.tui.roster import Roster

MIN_WIDTH, MIN_HEIGHT = 40, 12
WITH_UPDATE, WITH_DOCTOR, WITH_LABELS, WITH_PROFILE = 142, 130, 110, 60
"""Columns from which these fit."""
TWO_CHARTS, KNOB_BAR = 36, 24
"""Rows from which two charts, and the knob bar, outlive the pairing of lanes."""
DOCTOR_WIDTH = 40
DOCTOR_ROWS = 12
TALL_CHART = 12
TALL_LANE = 4
FEWER_GAPS = (
    (True, True, True, False), (False, True, True, False), (False, True, False, False),
    (False, False, False, False),
)  # fmt: skip


@frozen
class Columns:
    """x and width of what stands side by side; None = not shown."""

    margin: int
    name: tuple[int, int]
    lanes: tuple[int, int]
    profile: tuple[int, int] | None
    now: tuple[int, int]
    gain: int | None
    update: int | None
    verdict: int
    doctor: int | None
    labels: bool


@frozen
class Rows:
    """How many rows each part gets; 0 = not shown. `gaps` are blank rows."""

    knobs: int = 1
    heads: int = 1
    marks: int = 1
    loss: int = 9
    accuracy: int = 8
    axis: int = 1
    legend: int = 1
    gaps: tuple[bool, bool, bool, bool] = (True, True, True, True)
    """Above the heads, above the legend, below it, between the charts."""

    def total(self) -> int:
        """All rows but the lanes; header, finding line and footer included."""
        parts = (self.knobs, self.heads, self.marks, self.loss, self.accuracy, self.axis)
        return 3 + sum(parts) + self.legend + sum(self.gaps)


@frozen
class Layout:
    """Regions of one screen, in cells."""

    width: int
    height: int
    columns: Columns
    groups: tuple[Group, ...]
    """Layers of each lane from the top: positions (first, behind the last) in the roster."""
    lane_rows: int
    """Rows a lane is high."""
    knobs: int | None
    heads: int | None
    marks: int | None
    """Row of the intervention labels and decade ticks; may be that of the heads."""
    lanes: Area
    legend: int | None
    loss: Area | None
    accuracy: Area | None
    axis: int | None
    doctor: Area | None
    finding: int
    footer: int
    lesson: Area | None = None
    """Above the finding line, while a lesson is on."""

    @property
    def compact(self) -> bool:
        """No margins; short words."""
        return self.columns.margin == 0

    @property
    def bottom(self) -> int:
        """The row below the last one on the time axis."""
        rows = [self.lanes.y + self.lanes.height]
        rows += [chart.y + chart.height for chart in (self.loss, self.accuracy) if chart]
        return max(rows) + (self.axis is not None)


def columns(width: int, name: int = 0) -> Columns:
    """What stands side by side in so many columns; names ask for `name` cells and get some."""
    if width < WITH_PROFILE:
        name = max(6, min(name, 8))
        lanes = width - 22 - name
        return Columns(
            0, (0, name), (name + 1, lanes), None, (width - 20, 7), None, None, width - 12,
            None, False,
        )  # fmt: skip
    if width < WITH_LABELS:
        name = max(6, min(name + 2, 10))
        lanes = width - 34 - name
        return Columns(
            0, (0, name), (name, lanes), (width - 33, 12), (width - 20, 7), None, None,
            width - 12, None, False,
        )  # fmt: skip
    name = max(9, min(name + 2, width // 10))
    update = width >= WITH_UPDATE
    gain = width >= WITH_DOCTOR
    verdict = width - 14
    x_update = verdict - 10
    x_gain = (x_update if update else verdict) - 8
    x_now = (x_gain if gain else verdict) - (9 if gain else 10)
    lanes = x_now - 32 - name
    return Columns(
        1, (1, name), (1 + name, lanes), (x_now - 28, 26), (x_now, 8),
        x_gain if gain else None, x_update if update else None, verdict,
        width - DOCTOR_WIDTH - 1 if gain else None, True,
    )  # fmt: skip


def rungs(height: int) -> Iterator[Rows]:
    """From the richest screen to the barest that this height allows before lanes are paired."""
    rows = Rows()
    yield rows
    for gaps in FEWER_GAPS:
        yield (rows := replace(rows, gaps=gaps))
    yield (rows := replace(rows, legend=0))
    while rows.loss > 5:
        yield (rows := replace(rows, loss=rows.loss - 1))
        yield (rows := replace(rows, accuracy=min(rows.accuracy, rows.loss)))
    if height >= TWO_CHARTS:
        return
    yield (rows := replace(rows, accuracy=0, loss=9))
    while rows.loss > 5:
        yield (rows := replace(rows, loss=rows.loss - 1))
    yield (rows := replace(rows, marks=0))
    yield (rows := replace(rows, axis=0))
    yield replace(rows, loss=4)
    yield (rows := replace(rows, loss=3))
    if height >= KNOB_BAR:
        return
    yield replace(rows, loss=2)
    yield (rows := replace(rows, loss=1))
    yield (rows := replace(rows, heads=0))
    yield replace(rows, knobs=0)


def _choose(height: int, roster: Roster) -> tuple[Rows, tuple[Group, ...]]:
    """The richest rows that fit, and which layers share a lane."""
    ladder = list(rungs(height))
    groups = roster.groups(max(height - ladder[-1].total(), 1))
    rows = next((rows for rows in ladder if rows.total() + len(groups) <= height), ladder[-1])
    return rows, groups


def _grow(rows: Rows, spare: int, lanes: int) -> tuple[Rows, int]:
    """Extra rows: to the charts, then to the lanes, then to the charts again."""
    high = 1
    while spare > 0 and min(rows.loss, rows.accuracy or TALL_CHART) < TALL_CHART:
        if rows.accuracy and rows.accuracy < rows.loss:
            rows = replace(rows, accuracy=rows.accuracy + 1)
        else:
            rows = replace(rows, loss=rows.loss + 1)
        spare -= 1
    while spare >= lanes and high < TALL_LANE:
        high, spare = high + 1, spare - lanes
    half = spare // 2 if rows.accuracy else 0
    rows = replace(rows, loss=rows.loss + spare - half, accuracy=rows.accuracy + half)
    return rows, high


@lru_cache(maxsize=16)
def arrange(
    width: int, height: int, roster: Roster, chart: str = "loss", lesson: int = 0
) -> Layout | None:
    """The layout for a size; None below 40x12. `chart` is shown where there is room for one.

    `lesson` rows above the finding line are kept free.
    """
    if width < MIN_WIDTH or height < MIN_HEIGHT or not roster.layers:
        return None
    height -= lesson
    rows, groups = _choose(height, roster)
    name = max(cells(roster.label(group)) for group in groups)
    rows, high = _grow(rows, height - rows.total() - len(groups), len(groups))
    placed = _place(width, height, columns(width, name), rows, groups, high, chart)
    if not lesson:
        return placed
    return replace(
        placed, height=height + lesson, finding=placed.finding + lesson,
        footer=placed.footer + lesson, lesson=Area(0, placed.finding, width, lesson),
    )  # fmt: skip


def _place(
    width: int,
    height: int,
    across: Columns,
    rows: Rows,
    groups: tuple[Group, ...],
    high: int,
    chart: str,
) -> Layout:
    x, span = across.lanes
    at = 1 + rows.knobs + rows.gaps[0]
    heads = at if rows.heads else None
    marks = at + 1 if rows.marks else heads
    lanes = Area(x, at + rows.heads + rows.marks, span, len(groups) * high)
    at = lanes.y + lanes.height + rows.gaps[1]
    legend = at if rows.legend else None
    at += rows.legend + rows.gaps[2]
    first = Area(x, at, span, rows.loss)
    second = Area(x, at + rows.loss + rows.gaps[3], span, rows.accuracy) if rows.accuracy else None
    at = (second.y + second.height) if second else at + rows.loss
    loss: Area | None = first
    if second is None and chart == "accuracy":
        loss, second = None, first
    axis = at if rows.axis else None
    doctor = None
    if across.doctor is not None and at + rows.axis - first.y >= DOCTOR_ROWS:
        doctor = Area(across.doctor, first.y, DOCTOR_WIDTH, at + rows.axis - first.y)
    return Layout(
        width, height, across, groups, high, 1 if rows.knobs else None, heads, marks, lanes,
        legend, loss, second, axis, doctor, height - 2, height - 1,
    )  # fmt: skip
