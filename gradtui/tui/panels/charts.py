"""Loss and accuracy on the time axis of the lanes."""

from __future__ import annotations

import math

import numpy as np

from gradtui.tui import numbers
from gradtui.tui.draw import chart
from gradtui.tui.draw.chart import Scale
from gradtui.tui.grid import Area, Grid
from gradtui.tui.panels.picture import Picture

FEW_ROWS = 4
"""In charts as low as this, ticks stand in neighbouring rows."""
SHARES = ((1.0, "100 %"), (0.5, "50 %"), (0.0, "0"))


def loss_scale(picture: Picture) -> Scale:
    """log10, over all that train and test loss have been."""
    low, high = picture.state.train_loss.range
    known = [e.loss for e in picture.state.evals if 0 < e.loss < math.inf]
    if known:
        low, high = min(low, math.log10(min(known))), max(high, math.log10(max(known)))
    return chart.loss_scale(low, high, chance_loss(picture))


def chance_loss(picture: Picture) -> float:
    """log10 of ln C: the loss of pure guessing."""
    return math.log10(math.log(max(picture.state.info.classes, 2)))


def paint_loss(grid: Grid, picture: Picture) -> None:
    area = picture.layout.loss
    if area is None:
        return
    if area.height == 1:
        chart.strip(grid.at(area), picture.loss, unicode=picture.unicode)
        return
    chart.paint(
        grid.at(area), loss_scale(picture), picture.loss, picture.test_loss, chance_loss(picture),
        picture.timeline.marked, colors=picture.view.colors, unicode=picture.unicode,
    )  # fmt: skip


def paint_accuracy(grid: Grid, picture: Picture) -> None:
    area = picture.layout.accuracy
    if area is None:
        return
    if area.height == 1:
        chart.strip(grid.at(area), picture.accuracy, unicode=picture.unicode)
        return
    chart.paint(
        grid.at(area), Scale(0.0, 1.0), picture.accuracy, picture.test_accuracy,
        1 / max(picture.state.info.classes, 2),
        picture.timeline.marked, colors=picture.view.colors, unicode=picture.unicode,
    )  # fmt: skip


def paint_ticks(grid: Grid, picture: Picture) -> None:
    """Titles and the numbers of the y axes, right-aligned before the charts."""
    layout = picture.layout
    if layout.loss is not None:
        scale = loss_scale(picture)
        marks = []
        if layout.loss.height > 1:
            apart = 1 if layout.loss.height <= FEW_ROWS else 2
            unit = math.ceil(apart * (scale.high - scale.low) / (layout.loss.height + 0.5))
            exponents = np.arange(math.floor(scale.high) // unit * unit, scale.low - 0.01, -unit)
            marks = [(float(e), numbers.tick(int(e), unicode=picture.unicode)) for e in exponents]
        _column(grid, picture, layout.loss, "loss", scale, marks)
    if layout.accuracy is not None:
        tall = layout.accuracy.height
        listed = SHARES if tall > 4 else SHARES[1:] if tall > 1 else ()
        _column(grid, picture, layout.accuracy, "accuracy", Scale(0.0, 1.0), list(listed))
    if layout.axis is not None:
        grid.right(layout.lanes.x - 1, layout.axis, "step", "muted")


def _column(
    grid: Grid, picture: Picture, area: Area, title: str, scale: Scale,
    marks: list[tuple[float, str]],
) -> None:  # fmt: skip
    margin = picture.layout.columns.margin
    width = area.x - margin - 1
    short = title if len(title) <= width else "acc"
    grid.text(margin, area.y, short, "ink", bold=True)
    taken = {area.y} if len(short) + 4 > width else set()
    for value, label in marks:
        y = area.y + scale.row(value, area.height)
        room = width - (len(short) + 1 if y == area.y else 0)
        if y not in taken and len(label) <= room:
            grid.right(area.x - 1, y, label, "faint")
            taken.add(y)


def paint_axis(grid: Grid, picture: Picture) -> None:
    """The step axis: numbers on their columns, and a pen under the newest."""
    layout, timeline = picture.layout, picture.timeline
    if layout.axis is None or picture.state.step is None:
        return
    row = grid.at(Area(layout.lanes.x, layout.axis, layout.lanes.width + 3, 1))
    pen = f"▴ {timeline.last}"
    at = timeline.pen
    crossed = any(at < column < at + len(pen) for column in timeline.marked)
    if at + len(pen) > row.width or (crossed and at >= len(pen)):
        pen, at = f"{timeline.last} ▴", timeline.pen - len(pen) + 1
    row.text(at, 0, pen, "ink", bold=True)
    taken = [(at, at + len(pen)), *((column, column + 1) for column in timeline.marked)]
    restarts = {first for first, _ in timeline.segments[1:]}
    for column, step in sorted(timeline.ticks(), key=lambda tick: tick[1] not in restarts):
        end = column + len(str(step))
        gap = 0 if step in restarts else 1
        if all(end + 1 <= a or column - gap >= b for a, b in taken):
            row.text(column, 0, str(step), "muted")
            taken.append((column, end))
