"""The lanes, and the lines of the interventions that run through everything on the time axis."""

from __future__ import annotations

import numpy as np

from gradtui.core.records import Applied, Value
from gradtui.tui import numbers
from gradtui.tui.grid import BLANK, Area, Grid, Spans, length, wrap
from gradtui.tui.inks import ink
from gradtui.tui.panels.heads import TITLES
from gradtui.tui.panels.picture import Picture
from gradtui.tui.timeline import Timeline

NAMED_BY_VALUE = ("activation", "regularizer", "optimizer")


def paint(grid: Grid, picture: Picture) -> None:
    """All lanes; only the newest columns are computed anew."""
    layout, state = picture.layout, picture.state
    part = grid.at(layout.lanes)
    if state.step is None and state.sample is None:
        cause = state.cause or "waiting for the first step"
        top = min(1, part.height - 1)
        for y, line in enumerate(wrap(cause, part.width)[: part.height - top]):
            part.text(0, top + y, line, "muted")
        return
    picture.lanes.update(
        state.quantities[picture.view.quantity], picture.timeline,
        picture.roster.index[picture.positions], picture.starts, layout.lane_rows,
        gap=2 * state.info.sample_every, unicode=picture.unicode,
    )  # fmt: skip
    part.code[...] = picture.lanes.code
    part.style[...] = picture.lanes.style


def paint_lines(grid: Grid, picture: Picture) -> None:
    """A vertical line in each marker's column, wherever nothing else is written."""
    layout = picture.layout
    rows = np.arange(layout.lanes.y, layout.bottom)
    rows = rows[rows != layout.legend]  # between its words the line would be one of them
    for column in picture.timeline.marked:
        x = layout.lanes.x + column
        free = rows[grid.code[rows, x] == BLANK]
        grid.code[free, x] = ord("│" if picture.unicode else "|")
        grid.style[free, x] = ink("markline")


def paint_labels(grid: Grid, picture: Picture) -> None:
    """`▾` and what was changed, over each marker; the older of two that collide keeps `▾` only."""
    y = picture.layout.marks
    if y is None:
        return
    area = picture.layout.lanes
    short = picture.layout.compact
    row = grid.at(Area(area.x, y, area.width + (not short) * 2, 1))
    mark(row, picture.timeline, picture.state.markers, width=area.width, short=short)
    first = picture.timeline.first
    if picture.layout.compact:
        title, formula = TITLES[picture.view.quantity]
        window: Spans = [(f" ‹{first}", "ink", False)] if first else []
        _lead(row, [[(title, "ink", True)], window, [(" " + formula, "muted", False)]])
    elif earlier := sum(marker.step < first for marker in picture.state.markers):
        _lead(row, [[(f"‹ ▾ {earlier} earlier", "mark", False)]])


def mark(row: Grid, timeline: Timeline, markers: list[Applied], *, width: int, short: bool) -> None:
    """`▾` on each marker's column where the row is free, and what was changed beside it."""
    for step, own in reversed(timeline.marks):
        column = timeline.column(step) if own is None else own
        if not (0 <= column < width and row.code[0, column] == BLANK):
            continue
        row.text(column, 0, "▾", "mark", bold=True)
        here = [marker for marker in markers if marker.step == step]
        for label in labels(here, short=short):
            if _place(row, column, label):
                break


def _lead(row: Grid, parts: list[Spans]) -> None:
    """As many of the parts, from the left, as the markers leave room for."""
    free = (row.code[0] == BLANK).tolist()
    room = next((x for x, blank in enumerate(free) if not blank), len(free) + 1)
    x = 0
    for spans in parts:
        if x + length(spans) >= room:
            return
        x = row.spans(x, 0, spans)


def _place(row: Grid, column: int, label: str) -> bool:
    """Right of the mark, else left of it; false if it fits on neither side."""
    for x in (column + 2, column - 1 - len(label)):
        end = x + len(label)
        if x < 0 or end > row.width:
            continue
        around = row.code[0, max(x - 1, 0) : end + 1]
        around = around[around != ord("▾")]
        if (around == BLANK).all():
            row.text(x, 0, label, "mark", bold=True)
            return True
    return False


def labels(markers: list[Applied], *, short: bool) -> list[str]:
    """What happened before one step, the longest wording first."""
    if markers and markers[-1].undone:
        return _undone(markers[-1])
    net: dict[str, tuple[Value, Value]] = {}
    for marker in markers:
        if marker.undone:  # older than what is told here
            net.clear()
            continue
        old = net[marker.knob][0] if marker.knob in net else marker.old
        net[marker.knob] = (old, marker.value)
    changes = [(knob, old, new) for knob, (old, new) in net.items() if old != new]
    if not changes:
        changes = [(markers[-1].knob, "", markers[-1].value)] if markers else []
    if not changes:
        return []
    knob, old, new = changes[0]
    after, before = numbers.knob(new), numbers.knob(old)
    brief = f"{before} → {after}" if before else after
    full = f"{knob}{' ' if short else '  '}{brief}"
    if knob in NAMED_BY_VALUE and short:
        full = brief
    return [full, brief, f"→ {after}"]


def _undone(marker: Applied) -> list[str]:
    """What was taken back here: `undone sigmoid → tanh`."""
    old, new = numbers.knob(marker.value), numbers.knob(marker.old)
    change = f"{old} → {new}" if old else f"{marker.knob} {new}"
    return [f"undone {change}", f"undone {new}", "undone"]
