"""Loss and accuracy on the time axis of the lanes."""

from __future__ import annotations

from gradtui.tui.cursor import in_view
from gradtui.tui.draw import chart
from gradtui.tui.grid import Area, Grid
from gradtui.tui.panels import plots
from gradtui.tui.panels.picture import Picture
from gradtui.tui.panels.plots import Plot
from gradtui.tui.timeline import Timeline


def paint_loss(grid: Grid, picture: Picture) -> None:
    if picture.layout.loss is not None:
        area = picture.layout.loss
        _paint(grid.at(area), picture, plots.loss(picture, area.height))


def paint_accuracy(grid: Grid, picture: Picture) -> None:
    if picture.layout.accuracy is not None:
        area = picture.layout.accuracy
        _paint(grid.at(area), picture, plots.accuracy(picture, area.height))


def _paint(part: Grid, picture: Picture, plot: Plot) -> None:
    if part.height == 1:
        chart.strip(part, plot.train, plot.flat, unicode=picture.unicode)
        return
    chart.paint(
        part, plot.scale, plot.train, plot.test, plot.reference, picture.timeline.marked,
        left=plot.left, colors=picture.view.colors, unicode=picture.unicode,
    )  # fmt: skip


def paint_ticks(grid: Grid, picture: Picture) -> None:
    """Titles and the numbers of the y axes, right-aligned before the charts."""
    layout = picture.layout
    if layout.loss is not None:
        _column(grid, picture, layout.loss, plots.loss(picture, layout.loss.height))
    if layout.accuracy is not None:
        _column(grid, picture, layout.accuracy, plots.accuracy(picture, layout.accuracy.height))
    if layout.axis is not None:
        grid.right(layout.lanes.x - 1, layout.axis, "step", "muted")
    if picture.timeline.first:  # the run began before the window does
        y = layout.bottom - 1
        grid.text(layout.lanes.x - 1, y, "‹", "ink", bold=True)


def _column(grid: Grid, picture: Picture, area: Area, plot: Plot) -> None:
    margin = picture.layout.columns.margin
    width = area.x - margin - 1
    short = plot.title if len(plot.title) <= width else "acc"
    grid.text(margin, area.y, short, "ink", bold=True)
    taken = {area.y} if len(short) + 4 > width else set()
    for value, label in plot.marks if area.height > 1 else ():
        y = area.y + plot.scale.row(value, area.height)
        room = width - (len(short) + 1 if y == area.y else 0)
        if y not in taken and len(label) <= room:
            grid.right(area.x - 1, y, label, "faint")
            taken.add(y)


def _pointer(row: Grid, picture: Picture, cursor: int, role: str) -> tuple[int, int]:
    """A step that is read, under its column; returns the cells that it takes."""
    timeline = picture.timeline
    step = in_view(cursor, timeline)
    at, word = timeline.column(step), f"▴ {step}"
    if at + len(word) > row.width:
        at, word = at - len(word) + 1, f"{step} ▴"
    row.text(at, 0, word, role, bold=True)
    return at, at + len(word)


def paint_axis(grid: Grid, picture: Picture) -> None:
    """The step axis: numbers on their columns, and a pen under the newest."""
    layout, timeline = picture.layout, picture.timeline
    if layout.axis is None or picture.state.step is None:
        return
    row = grid.at(Area(layout.lanes.x, layout.axis, layout.lanes.width + 3, 1))
    taken = []
    view = picture.view
    if view.hover is not None:  # it is read in the cursor's place
        taken.append(_pointer(row, picture, view.hover[0], "muted"))
    elif view.cursor is not None:
        taken.append(_pointer(row, picture, view.cursor, "key"))
    number_steps(row, timeline, taken)


def number_steps(row: Grid, timeline: Timeline, taken: list[tuple[int, int]]) -> None:
    """Numbers on their columns, and the pen; the cells `taken` (from, behind) are written on."""
    pen = f"▴ {timeline.last}"
    at = timeline.pen
    crossed = any(at < column < at + len(pen) for column in timeline.marked)
    if at + len(pen) > row.width or (crossed and at >= len(pen)):
        pen, at = f"{timeline.last} ▴", timeline.pen - len(pen) + 1
    if not any(a < at + len(pen) and at < b for a, b in taken):
        row.text(at, 0, pen, "ink", bold=True)
        taken = [*taken, (at, at + len(pen))]
    taken = [*taken, *((column, column + 1) for column in timeline.marked)]
    restarts = {first for first, _ in timeline.segments if first}
    for column, step in sorted(timeline.ticks(), key=lambda tick: tick[1] not in restarts):
        end = column + len(str(step))
        gap = 0 if step in restarts else 1
        if all(end + 1 <= a or column - gap >= b for a, b in taken):
            row.text(column, 0, str(step), "muted")
            taken.append((column, end))
