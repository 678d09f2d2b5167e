"""What whole pages have in common: header, finding line, and the key that leads back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gradtui.tui import layout as main_layout
from gradtui.tui import window
from gradtui.tui.actions import key_of
from gradtui.tui.composer import guarded, too_small
from gradtui.tui.draw.lanes import Lanes
from gradtui.tui.draw.plain import plain
from gradtui.tui.grid import Area, Grid
from gradtui.tui.panels import finding, header
from gradtui.tui.panels.picture import Picture
from gradtui.tui.roster import roster
from gradtui.tui.view import View

Body = Callable[[Grid, Picture, Area], None]
"""Draws the rows between the header and the finding line."""


def framed(
    view: View, width: int, height: int, name: str, body: Body, *, beside: int = 0,
    lanes: Lanes | None = None,
) -> Grid:  # fmt: skip
    """The whole screen; of the width so many cells are `beside` the time axis."""
    shown = roster(view)
    main = main_layout.arrange(width, height, shown, view.chart)
    if main is None:
        return too_small(view, width, height)
    bare = replace(view, cursor=None, hover=None, prompt=None)
    axis = window.axis(view, width - beside)
    picture = Picture(bare, replace(main, doctor=None), axis, lanes or Lanes(), shown)
    grid = Grid.blank(width, height)
    guarded(grid, picture, "header", Area(0, 0, width, 1), header.paint)
    guarded(grid, picture, "finding", Area(0, main.finding, width, 1), finding.paint)
    area = Area(0, 1, width, main.finding - 1)
    guarded(grid, picture, name, area, lambda g, p: body(g, p, area))
    foot = grid.at(Area(0, main.footer, width, 1))
    key = key_of(next(action for action in view.table if action.id == "time"))
    foot.spans(1, 0, [(key, "key", True), (" next view   " if key else "", "muted", False),
                      ("esc", "key", True), (" back", "muted", False)])  # fmt: skip
    foot.paper("sel")
    if not view.unicode:
        plain(grid)
    return grid
