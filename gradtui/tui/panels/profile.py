"""The depth profile beside the lanes, with its ghost from before the last intervention."""

from __future__ import annotations

import numpy as np

from gradtui.core.scale import log10
from gradtui.tui.draw import profile
from gradtui.tui.draw.braille import Dots, cells
from gradtui.tui.grid import Area, Grid
from gradtui.tui.inks import ink
from gradtui.tui.panels.picture import Picture


def paint(grid: Grid, picture: Picture) -> None:
    """Grid, ghost, theory, line, band; the ticks stand in the row over it."""
    layout = picture.layout
    if layout.columns.profile is None:
        return
    x, width = layout.columns.profile
    if layout.marks is not None:
        for at, text in profile.labels(picture.axis, width, x, unicode=picture.unicode):
            grid.text(at, layout.marks, text, "faint")
    part = grid.at(Area(x, layout.lanes.y, width, layout.lanes.height))
    if not picture.mono:
        profile.grid_lines(part, picture.axis)
    rows = part.height
    if picture.ghost is not None:
        dots = profile.curve(picture.axis, picture.ghost, layout.lane_rows, width, picture.joined)
        ghostly = np.full(rows, ink("fork"))
        plain = "" if picture.unicode else "."
        profile.stamp(part, profile.every_second(dots), ghostly, plain=plain)
    theory = None
    if picture.theory is not None:
        dots = profile.curve(picture.axis, picture.theory, layout.lane_rows, width, picture.joined)
        theory = profile.every_second(dots)
        profile.stamp(part, theory, np.full(rows, ink("ink")),
                      plain="" if picture.unicode else ":")  # fmt: skip
    if picture.now is not None:
        _live(part, picture, theory)


def _live(part: Grid, picture: Picture, theory: Dots | None) -> None:
    """A cell that it shares with the theory shows the dots of both."""
    now, high = picture.now, picture.layout.lane_rows
    if now is None:
        return
    log = picture.view.quantity != "dead"
    values = log10(now).astype(np.float64) if log else now
    values = np.where(np.isfinite(values), values, np.nan)
    styles = np.repeat([ink(v.role, bold=True) for v in picture.verdicts], high)
    dots = profile.curve(picture.axis, values, high, part.width, picture.joined)
    if theory is not None:
        dots = dots | (theory & np.kron(cells(dots) > 0, np.ones((4, 2), bool)))
    profile.stamp(part, dots, styles, plain="" if picture.unicode else "*")
    for lane in np.flatnonzero(now == 0) if log else ():
        part.text(0, int(lane) * high + high - 1, "___", "dead")
    if not picture.mono:
        profile.band(part, picture.axis, picture.top)
