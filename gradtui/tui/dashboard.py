"""The main screen: the composed grid is compared with the one before, and the changes are sent.

Textual cuts what it sends at the right end of a change only, so a changed cell costs all cells
left of it in its widget. The screen is therefore cut into upright slices: a change costs at most
a slice, and rows whose lane and value changed do not send what lies between.
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.color import TRANSPARENT
from textual.geometry import Region
from textual.message import Message
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from gradtui.tui.composer import Composer
from gradtui.tui.draw.borders import mend
from gradtui.tui.grid import INKS, TAIL, Grid
from gradtui.tui.mouse import Deed
from gradtui.tui.theme import Palette
from gradtui.tui.view import View

Result = TypeVar("Result")
SLICES = 12
"""More of them send fewer cells, but cost more of Textual's time for each row."""


class Painter(Protocol):
    """Makes a whole screen out of a view."""

    def paint(self, view: View, width: int, height: int, *, numbers: bool = True) -> Grid:
        """A grid of this size. Without `numbers` what only numbers change may stay as it was."""


class Covered(Screen[Result], inherit_bindings=False):
    """A screen that a dashboard covers whole: what lies under it is not drawn, nor kept."""

    BLANK: ClassVar[bool] = True


class Dashboard(Widget):
    """A painter's screen on Textual's Line API; without one, all panels of the main screen."""

    BLANK: ClassVar[bool] = True
    """Its slices cover it: lines of its own would only be kept."""

    DEFAULT_CSS = "Dashboard { width: 1fr; height: 1fr; layout: horizontal; }"

    def __init__(
        self, view: View, palette: Palette, painter: Painter | None = None, slices: int = SLICES
    ) -> None:
        super().__init__()
        self.view = view
        self._painter = painter or Composer()
        self._grid = Grid.blank(0, 0)
        self._strips: dict[int, Strip] = {}
        self._styles: dict[int, Style] = {}
        self._palette = palette.limited(view.colors)
        self._slices = [Slice(self) for _ in range(slices)]

    def compose(self) -> ComposeResult:
        yield from self._slices

    def set_palette(self, palette: Palette) -> None:
        """Take other colours."""
        self._palette = palette.limited(self.view.colors)
        self._styles.clear()
        self._strips.clear()
        for part in self._slices:
            part.refresh()

    def repaint(self, numbers: bool = True) -> None:
        """Paint what changed; nothing is sent where nothing did.

        Without `numbers` only lanes, charts, header, knobs and the finding line are looked at.
        """
        width, height = self.size
        if not width or not height:
            return
        old, new = self._grid, self._painter.paint(self.view, width, height, numbers=numbers)
        mend(new, [i * width // len(self._slices) for i in range(1, len(self._slices))])
        self._grid = new
        if old.code.shape != new.code.shape:
            self._strips.clear()
            for part in self._slices:
                part.refresh()
            return
        changed = (old.code != new.code) | (old.style != new.style)
        _join_halves(changed, (old.code == TAIL) | (new.code == TAIL))
        for y in np.flatnonzero(changed.any(axis=1)).tolist():
            self._strips.pop(y, None)
        for part in self._slices:
            part.send(changed)

    class Pointed(Message):
        """The mouse did something at a cell of the screen."""

        def __init__(self, x: int, y: int, deed: Deed) -> None:
            super().__init__()
            self.x, self.y, self.deed = x, y, deed

    class Hovered(Message):
        """The mouse moved over a cell of the screen, with no button held."""

        def __init__(self, x: int, y: int) -> None:
            super().__init__()
            self.x, self.y = x, y

    def _pointed(self, event: events.MouseEvent, deed: Deed) -> None:
        event.stop()
        at = event.screen_offset - self.region.offset
        self.post_message(self.Pointed(at.x, at.y, deed))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._pointed(event, "back" if event.button > 1 or event.shift else "click")

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if not event.button:
            at = event.screen_offset - self.region.offset
            self.post_message(self.Hovered(at.x, at.y))

    def on_click(self, event: events.Click) -> None:
        if event.chain == 2 and event.button == 1:
            self._pointed(event, "double")

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._pointed(event, "up")

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._pointed(event, "down")

    def on_resize(self, event: events.Resize) -> None:
        self.repaint()

    def strip(self, y: int) -> Strip:
        """One row of the screen, built from runs of equal style."""
        if y >= self._grid.height:
            return Strip.blank(self.size.width, self._style(0))
        if y not in self._strips:
            self._strips[y] = self._build(y)
        return self._strips[y]

    def _build(self, y: int) -> Strip:
        codes, styles = self._grid.code[y], self._grid.style[y]
        edges = [0, *(np.flatnonzero(np.diff(styles)) + 1).tolist(), len(styles)]
        segments = []
        for start, end in pairwise(edges):
            run = codes[start:end]
            text = run[run != TAIL].tobytes().decode("utf-32-le")
            segments.append(Segment(text, self._style(int(styles[start]))))
        return Strip(segments, self._grid.width)

    def _style(self, number: int) -> Style:
        if number not in self._styles:
            ink = INKS[number]
            self._styles[number] = self._palette.style(
                ink.role, ink.back, bold=ink.bold, reverse=ink.reverse
            )
        return self._styles[number]


def _join_halves(changed: NDArray[np.bool_], tails: NDArray[np.bool_]) -> None:
    """What changed in one half of a wide character is sent with the other, or it would be cut."""
    if tails.any():
        changed[:, 1:] |= tails[:, 1:] & changed[:, :-1]
        changed[:, :-1] |= tails[:, 1:] & changed[:, 1:]


class Slice(Widget):
    """An upright part of the dashboard."""

    DEFAULT_CSS = "Slice { width: 1fr; height: 1fr; }"

    def __init__(self, dashboard: Dashboard) -> None:
        super().__init__()
        self._dashboard = dashboard

    def _left(self) -> int:
        return self.region.x - self._dashboard.region.x

    def send(self, changed: NDArray[np.bool_]) -> None:
        """Of the changed cells of the whole screen: one region a row, first to last."""
        left, width = self._left(), self.size.width
        mine = changed[:, left : left + width]
        rows = np.flatnonzero(mine.any(axis=1))
        if not len(rows):
            return
        first = mine[rows].argmax(axis=1).tolist()
        behind = (mine.shape[1] - mine[rows, ::-1].argmax(axis=1)).tolist()
        spans = zip(rows.tolist(), first, behind, strict=True)
        self.refresh(*(Region(x, y, end - x, 1) for y, x, end in spans))

    def render_lines(self, crop: Region) -> list[Strip]:
        """The cells of this slice, cut to `crop`.

        Past Textual's cache of lines: it outlives its widget in a cache of 1024 such caches, a
        quarter of a megabyte each, and saves nothing where a row is asked for when it changed.
        """
        left = self._left() + crop.x
        filters = self.get_line_filters()
        ground = self.background_colors[1] if filters else TRANSPARENT
        strips = []
        for y in crop.line_range:
            strip = self._dashboard.strip(y).crop(left, left + crop.width)
            strip = strip.adjust_cell_length(crop.width)
            for line_filter in filters:
                strip = strip.apply_filter(line_filter, ground)
            strips.append(strip)
        return strips
