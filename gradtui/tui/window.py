"""The window: which steps are on the time axis that lanes and charts share."""

from __future__ import annotations

from collections.abc import Sequence

from gradtui.tui import numbers
from gradtui.tui.timeline import Timeline, timeline
from gradtui.tui.view import View, Window

WINDOWS: tuple[Window, ...] = ("all", "recent", "since")
"""In the order of the key."""
LEAST = 50
"""Steps of the smallest recent window."""


def recent(last: int) -> int:
    """How many steps `recent` shows at least: 50, 100, 200, 500 …, about a third of the run.

    It grows with the run because the history gets coarser with it.
    """
    room = max((last + 1) // 3, LEAST)
    decade = int(10 ** (len(str(room)) - 1))
    return next(unit * decade for unit in (5, 2, 1) if unit * decade <= room)


def span(window: Window, last: int, markers: Sequence[int]) -> tuple[int, int]:
    """The first step in view, and how many steps there must be columns for.

    The recent window moves in leaps of half its length: a scrolling one sends every cell.
    """
    if window == "recent":
        steps = recent(last)
        leap = steps // 2
        first = max(0, (last + 1 - steps) // leap * leap)
        return first, steps + leap if first else 0
    if window == "since":
        return max((step for step in markers if 0 <= step <= last), default=0), 0
    return 0, 0


def axis(view: View, width: int) -> Timeline:
    """The time axis of a view."""
    last = max(view.state.step or 0, 0)
    markers = [marker.step for marker in view.state.markers]
    first, room = span(view.window, last, markers)
    if not first:  # where undo left a branch, its end stays in sight
        room = max([room, *(left.left for left in view.state.left)])
    return timeline(width, last, markers, first=first, room=room)


def sentence(view: View) -> str:
    """What the window shows, for the finding line."""
    last = max(view.state.step or 0, 0)
    first, _ = span(view.window, last, [marker.step for marker in view.state.markers])
    if view.window == "recent":
        steps = f"window: the last {recent(last)} steps"
        return f"{steps} or more, from step {first}" if first else f"{steps}, once there are more"
    if view.window == "since":
        made = [marker for marker in view.state.markers if marker.step <= last]
        if not made:
            return "window: since the last intervention; there is none yet"
        knob, value = made[-1].knob, numbers.knob(made[-1].value)
        return f"window: since {knob} → {value} at step {first}"
    return "window: the whole run"
