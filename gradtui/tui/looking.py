"""How a person finds their way among the layers: select, open a lane, filter, sort."""

from __future__ import annotations

from collections.abc import Callable

from gradtui.core.errors import UsageError
from gradtui.tui.panels.picture import Picture
from gradtui.tui.prompt import Prompt
from gradtui.tui.roster import matching, roster
from gradtui.tui.view import View


def select(view: View, picture: Picture | None, lanes: int) -> None:
    """Move by so many lanes upwards, to the nearest layer there; the ends stop it."""
    shown = roster(view)
    at = shown.position(view.selected)
    if picture is None:
        at += lanes
    else:
        groups, step = picture.layout.groups, 1 if lanes > 0 else -1
        for _ in range(abs(lanes)):
            lane = next((group for group in groups if group[0] <= at < group[1]), (at, at + 1))
            at = lane[1] if step > 0 else lane[0] - 1
    view.selected = shown.layers[max(0, min(len(shown.layers) - 1, at))]


def point(view: View, picture: Picture, lane: int) -> None:
    """Select the highest layer of a lane, or stay where the lane has the selected one."""
    first, end = picture.layout.groups[lane]
    layers = picture.roster.layers[first:end]
    if view.selected not in layers:
        view.selected = layers[-1]


def fold(view: View, picture: Picture | None, way: int) -> None:
    """Give the layers of the selected lane most of the rows; fold the one opened last if `way` < 0.

    `UsageError` where there is nothing to open or to fold.
    """
    if way < 0:
        if not view.opened:
            raise UsageError("no lane is open.")
        view.opened = view.opened[:-1]
    elif picture is not None:
        at = picture.roster.position(view.selected)
        group = next((g for g in picture.layout.groups if g[0] <= at < g[1]), (at, at + 1))
        if group[1] - group[0] == 1:
            raise UsageError("this lane holds one layer; only lanes of several open.")
        view.opened = [*view.opened, group]


def reorder(view: View) -> None:
    """By depth, or the worst first: then the top of the list is selected."""
    view.opened = []
    view.order = "worst" if view.order == "depth" else "depth"
    if view.order == "worst":
        view.selected = roster(view).layers[-1]


def narrow(view: View, pattern: str) -> None:
    """Show the layers that match; the selection moves to the nearest of them."""
    view.pattern, view.opened = pattern, []
    shown = roster(view)
    view.selected = shown.layers[shown.position(view.selected)]


def ask(view: View) -> None:
    """Open the line that takes the pattern; every letter narrows at once."""

    def hint(pattern: str) -> str:
        names = view.state.info.layers
        count = len(matching(names, pattern)) if pattern else len(names)
        return f"{count} of {len(names)} layers   enter keep   esc all"

    def done(pattern: str | None) -> None:
        narrow(view, pattern or "")

    view.prompt = Prompt("/", lambda pattern: narrow(view, pattern), done, hint, view.pattern)


def ask_step(view: View, seek: Callable[[int], None]) -> None:
    """Open the line that takes a step of a recording to go to."""

    def hint(text: str) -> str:
        wrong = "" if text.strip().isdecimal() or not text else "a step is a whole number   "
        return f"{wrong}step   enter go there   esc close"

    def done(text: str | None) -> None:
        if text is not None and text.strip().isdecimal():
            seek(int(text.strip()[:15]))
        elif text:
            raise UsageError(f"{text!r} is no step: steps are whole numbers from 0.")

    view.prompt = Prompt(":", lambda text: None, done, hint)


def back(view: View) -> None:
    """Undo one way of looking: the cursor, an open lane, the filter, the order."""
    if view.cursor is not None:
        view.cursor = None
    elif view.opened:
        view.opened = view.opened[:-1]
    elif view.pattern:
        narrow(view, "")
    else:
        view.order = "depth"
