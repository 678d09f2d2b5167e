"""dL/dh_t of a recurrent net: a lane a time step, t = T on top as the loss is, t = 1 below."""

from __future__ import annotations

import math

import numpy as np

from gradtui.core.in_time import reach, slope
from gradtui.core.records import Floats
from gradtui.core.state import RunState
from gradtui.tui import numbers
from gradtui.tui.draw.lanes import Lanes
from gradtui.tui.framed import framed
from gradtui.tui.grid import Area, Grid
from gradtui.tui.panels import charts
from gradtui.tui.panels.picture import Picture
from gradtui.tui.through_time import beside as profile
from gradtui.tui.through_time.beside import Beside
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
        beside = _beside(view.state, width)
        top = TOP + bool(beside)
        taken = NAMES + VALUES + len(beside) * profile.width(width)
        lanes = Area(NAMES, top, width - taken, height - top - FOOT)

        def body(grid: Grid, picture: Picture, area: Area) -> None:
            if view.state.through_time is not None:
                _body(grid, picture, lanes, beside)

        return framed(view, width, height, "through time", body, beside=taken, lanes=self._lanes)


def _beside(state: RunState, width: int) -> list[Beside]:
    """The profiles that have room beside the lanes."""
    if state.through_time is None:
        return []
    room = (width - NAMES - VALUES - profile.LEAST) // profile.width(width)
    return profile.profiles(state, state.through_time.layers, room)


def _body(grid: Grid, picture: Picture, area: Area, beside: list[Beside]) -> None:
    state = picture.state
    signal = _newest(state)
    steps = len(signal)
    count = min(steps, area.height)
    high = area.height // count
    starts = [i * steps // count for i in range(count)]
    _head(grid, signal, short=bool(beside))
    _lanes(grid, picture, area, starts, high)
    across = profile.width(grid.width)
    for i, each in enumerate(beside):
        x = area.x + area.width + VALUES + i * across
        profile.paint(grid, Area(x, area.y, across, count * high), each, starts, high)
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


def _lanes(grid: Grid, picture: Picture, area: Area, starts: list[int], high: int) -> None:
    state, unicode, lanes = picture.state, picture.view.unicode, picture.lanes
    assert state.through_time is not None
    lanes.update(
        state.through_time, picture.timeline, np.arange(state.through_time.layers), starts, high,
        gap=2 * state.info.sample_every, unicode=unicode,
    )  # fmt: skip
    count = len(starts)
    part = grid.at(Area(area.x, area.y, area.width, count * high))
    part.code[...], part.style[...] = lanes.code, lanes.style
    for column in picture.timeline.marked:
        for y in range(part.height):
            part.text(column, y, "│" if unicode else "|", "markline")


def _head(grid: Grid, signal: Floats, *, short: bool) -> None:
    """What is shown, how far it reaches, how fast it is lost."""
    steep = slope(signal)
    lost = f"{steep:+.3f}".replace("-", "−") if math.isfinite(steep) else numbers.UNKNOWN
    role = "healthy" if reach(signal) == len(signal) else "vanishing"
    grid.spans(1, 1, [
        ("REACH ", "ink", True),
        (f"{reach(signal)} of {len(signal)}" + " steps" * (not short), role, True),
        (f"   slope {lost}" + " decades/step" * (not short), "muted", False),
    ])  # fmt: skip
    grid.spans(1, 2, [
        ("THROUGH TIME ", "ink", True), ("|dL/dh_t|", "muted", False),
        (f"   top: t = {len(signal)}, the loss   bottom: t = 1" * (not short), "faint", False),
    ])  # fmt: skip


def _newest(state: RunState) -> Floats:
    """[T] The newest sample's norms."""
    sample = state.sample
    assert sample is not None
    assert sample.signal_time is not None
    return sample.signal_time
