"""A window over the screen that opened it; the run goes on, the screen below stands still."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult

from gradtui.core.frozen import frozen
from gradtui.tui.dashboard import Covered, Dashboard, Painter, Result
from gradtui.tui.draw.plain import plain
from gradtui.tui.draw.plate import lay, right, scrolled
from gradtui.tui.grid import Area, Grid, Spans
from gradtui.tui.inks import ink
from gradtui.tui.view import POOR, View

if TYPE_CHECKING:
    from gradtui.tui.screens.lab import Lab

ROOMY = (60, 20)
"""From this size on a window has a margin inside."""
AIR, AIRY = 4, 40
"""Rows of the screen below that stay in sight, where there are so many."""


@frozen
class Content:
    """What a window says: lines that stay, lines that scroll, lines that stay."""

    head: Sequence[Spans]
    body: Sequence[Spans]
    foot: Sequence[Spans]
    chosen: int | None = None
    """The line of the body that must be in sight, on a background of its own."""


class Window(Covered[Result]):
    """Painted like the dashboard, so that a key sends the cells that changed and no more."""

    WIDTH = 64
    """Columns of the text, where there is room."""

    def __init__(self, lab: Lab, below: Painter) -> None:
        """`below` painted the screen that this one covers."""
        super().__init__()
        self.lab = lab
        self._below = below
        self._behind: Grid | None = None
        self._top = 0
        self._shown = range(0)
        """The lines of the body that are in sight."""
        self._first = 0
        """The row of the screen where they begin."""
        self.area = Area(0, 0, 0, 0)
        """What the window covers."""
        self._dashboard = Dashboard(lab.view, lab.palette, self)

    def content(self, width: int, height: int) -> Content:
        """What to show in so many columns, and at most so many rows; the body may be longer."""
        raise NotImplementedError

    def key(self, key: str, character: str | None) -> None:
        """Take a key in."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        yield self._dashboard

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if self.is_current:  # a quick second key may still be on its way to a window that is gone
            self.key(event.key, event.character)
            self._dashboard.repaint()

    def scroll(self, rows: int) -> None:
        """Move the body; its ends stop it."""
        self._top = max(self._top + rows, 0)

    def paint(self, view: View, width: int, height: int, *, numbers: bool = True) -> Grid:
        """The screen below in one faint ink, and the window in its middle."""
        grid = self._backdrop(view, width, height)
        framed = view.colors in POOR
        roomy = width >= ROOMY[0] and height >= ROOMY[1]
        margin = (3, 1) if roomy else (2, 1) if framed else (1, 0)
        across = max(min(self.WIDTH, width - 2 * margin[0]), 1)
        inside = height - 2 * margin[1] - (AIR if height >= AIRY else 0)
        said = self.content(across, inside)
        room = inside - len(said.head) - len(said.foot)
        body, self._top = scrolled(said.body, max(room, 1), said.chosen, self._top)
        self._shown = range(self._top, self._top + len(body))
        foot = [*said.foot[:-1], right(said.foot[-1], self._more(len(said.body)), across)]
        lines = [*said.head, *body, *foot]
        wide, high = across + 2 * margin[0], len(lines) + 2 * margin[1]
        x, y = max((width - wide) // 2, 0), max((height - high) // 2, 0)
        self.area = Area(x, y, wide, high)
        lay(grid, self.area, lines, margin=margin, framed=framed)
        self._first = y + margin[1] + len(said.head)
        if said.chosen is not None:
            row = self._first + said.chosen - self._top
            grid.at(Area(x + 1, row, wide - 2, 1)).paper("bg")
        if not view.unicode:
            plain(grid)
        return grid

    def _more(self, lines: int) -> Spans:
        """Which way there is more to see."""
        up, down = self._shown.start > 0, self._shown.stop < lines
        if not (up or down):
            return []
        return [("↑" if up else " ", "key", True), ("↓" if down else " ", "key", True)]

    def _backdrop(self, view: View, width: int, height: int) -> Grid:
        """What was below when the window opened: painting it anew would send every change."""
        if self._behind is None or self._behind.code.shape != (height, width):
            below = self._below.paint(view, width, height)
            self._behind = Grid(below.code.copy(), below.style.copy())
            self._behind.style[...] = ink("faint")
        return self._behind.copy()

    def on_dashboard_pointed(self, message: Dashboard.Pointed) -> None:
        """A click takes a line of the body; the wheel moves."""
        at = message.y - self._first
        if not self.is_current:
            return
        if message.deed in ("up", "down"):
            self.wheel(-1 if message.deed == "up" else 1)
        elif message.deed == "click" and 0 <= at < len(self._shown):
            self.take(self._shown.start + at)
        self._dashboard.repaint()

    def wheel(self, rows: int) -> None:
        """The wheel was turned."""
        self.scroll(rows)

    def take(self, line: int) -> None:
        """A line of the body was clicked."""


def keys(*pairs: tuple[str, str]) -> Spans:
    """The last line of a window: keys and what they do."""
    spans: list[tuple[str, str, bool]] = []
    for key, word in pairs:
        spans += [(key, "key", True), (f" {word}   ", "muted", False)]
    return spans
