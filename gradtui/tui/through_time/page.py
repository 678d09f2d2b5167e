"""dL/dh_t of a recurrent net: a lane a time step, t = T on top as the loss is, t = 1 below."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from gradtui.core.history import History
from gradtui.core.in_time import reach, slope
from gradtui.core.records import Floats
from gradtui.core.state import RunState
from gradtui.tui import layout as main_layout
from gradtui.tui import numbers, window
from gradtui.tui.composer import guarded, too_small
from gradtui.tui.draw.lanes import Lanes
from gradtui.tui.draw.plain import plain
from gradtui.tui.grid import Area, Grid
from gradtui.tui.panels import charts, finding, header
from gradtui.tui.panels.picture import Picture
from gradtui.tui.roster import roster
from gradtui.tui.view import View

NAMES, VALUES = 6, 9
"""Cells left and right of the lanes."""
TOP, FOOT = 3, 3
"""Rows over and under the lanes."""


class ThroughTime:
    """Paints the time steps of a view's run."""

    def __init__(self) -> None:
        self._lanes = Lanes()

    def paint(self, view: View, width: int, height: int, *, numbers: bool = True) -> Grid:
        """The whole screen."""
        shown = roster(view)
        main = main_layout.arrange(width, height, shown, view.chart)
        if main is None:
            return too_small(view, width, height)
        bare = replace(view, cursor=None, hover=None, prompt=None)
        lanes = Area(NAMES, TOP, width - NAMES - VALUES, height - TOP - FOOT)
        axis = window.axis(view, lanes.width)
        picture = Picture(bare, replace(main, doctor=None), axis, self._lanes, shown)
        grid = Grid.blank(width, height)
        guarded(grid, picture, "header", Area(0, 0, width, 1), header.paint)
        guarded(grid, picture, "finding", Area(0, main.finding, width, 1), finding.paint)
        history = view.state.through_time
        if history is not None:
            guarded(grid, picture, "through time", lanes, lambda g, p: _body(g, p, lanes, history))
        foot = grid.at(Area(0, main.footer, width, 1))
        foot.spans(1, 0, [("esc", "key", True), (" back", "muted", False)])
        foot.paper("sel")
        if not view.unicode:
            plain(grid)
        return grid


def _body(grid: Grid, picture: Picture, area: Area, history: History) -> None:
    state, unicode = picture.state, picture.view.unicode
    signal = _newest(state)
    steps = len(signal)
    count = min(steps, area.height)
    high = area.height // count
    starts = [i * steps // count for i in range(count)]
    _head(grid, signal)
    every = np.arange(steps)
    lanes = picture.lanes
    lanes.update(
        history, picture.timeline, every, starts, high,
        gap=2 * state.info.sample_every, unicode=unicode,
    )  # fmt: skip
    part = grid.at(Area(area.x, area.y, area.width, count * high))
    part.code[...], part.style[...] = lanes.code, lanes.style
    for column in picture.timeline.marked:
        for y in range(part.height):
            part.text(column, y, "│" if unicode else "|", "markline")
    named = max(1, count // 8)
    for i, start in enumerate(starts):
        y = area.y + (count - 1 - i) * high
        if i % named == 0 or i == count - 1:
            step = steps if i == count - 1 else start + 1
            grid.text(1, y, f"{step:>4}", "muted")
            grid.text(area.x + area.width + 1, y, numbers.quantity("signal", signal[step - 1]))
    charts.number_steps(
        grid.at(Area(area.x, area.y + count * high, area.width, 1)), picture.timeline, []
    )


def _head(grid: Grid, signal: Floats) -> None:
    """What is shown, how far it reaches, how fast it is lost."""
    steep = slope(signal)
    lost = f"{steep:+.3f}".replace("-", "−") if math.isfinite(steep) else numbers.UNKNOWN
    role = "healthy" if reach(signal) == len(signal) else "vanishing"
    grid.spans(1, 1, [
        ("REACH ", "ink", True), (f"{reach(signal)} of {len(signal)} steps", role, True),
        (f"   slope {lost} decades/step", "muted", False),
    ])  # fmt: skip
    grid.spans(1, 2, [
        ("THROUGH TIME ", "ink", True), ("|dL/dh_t|", "muted", False),
        (f"   top: t = {len(signal)}, the loss   bottom: t = 1", "faint", False),
    ])  # fmt: skip


def _newest(state: RunState) -> Floats:
    """[T] The newest sample's norms."""
    sample = state.sample
    assert sample is not None
    assert sample.signal_time is not None
    return sample.signal_time
