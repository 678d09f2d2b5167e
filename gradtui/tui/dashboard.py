"""The main screen: the composed grid is compared with the one before, and the changes are sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import ClassVar, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.segment import Segment
from textual import events
from textual._compositor import CompositorUpdate
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

from gradtui.core.text import printable
from gradtui.tui import caption
from gradtui.tui.composer import Composer
from gradtui.tui.draw.ansi import Pen, written
from gradtui.tui.draw.plain import plain
from gradtui.tui.grid import TAIL, Grid
from gradtui.tui.link import Link
from gradtui.tui.pointing import Pointing
from gradtui.tui.theme import Palette
from gradtui.tui.view import View

Result = TypeVar("Result")
FEW = 300
"""Changed cells that go to a slow line at once: a twentieth of a second of it, about."""


class Painter(Protocol):
    """Makes a whole screen out of a view."""

    def paint(self, view: View, width: int, height: int, *, numbers: bool = True) -> Grid:
        """A grid of this size. Without `numbers` what only numbers change may stay as it was."""


class Covered(Screen[Result], inherit_bindings=False):
    """A screen that a dashboard covers whole: what lies under it is not drawn, nor kept."""

    BLANK: ClassVar[bool] = True


class Writing(CompositorUpdate):
    """What Textual writes as it is, between the marks of a synchronized update."""

    def __init__(self, text: str) -> None:
        self._text = text

    def render_segments(self, console: Console) -> str:
        return self._text


class Dashboard(Pointing):
    """A painter's screen on Textual's Line API; without one, all panels of the main screen."""

    DEFAULT_CSS = "Dashboard { width: 1fr; height: 1fr; }"

    def __init__(
        self,
        view: View,
        palette: Palette,
        painter: Painter | None = None,
        *,
        words: Callable[[], Sequence[int]] = tuple,
        answer: Callable[[View, int, int], Grid | None] | None = None,
    ) -> None:
        """`words` names the rows that answer a key, which a slow line gets before the others;
        `answer(view, width, height)` paints them."""
        super().__init__()
        self.view, self._words, self._answer = view, words, answer
        self._owed: bool | None = None
        """What a slow line is owed: a painting with numbers, or without."""
        self._painter = painter or Composer()
        self._grid = Grid.blank(0, 0)
        self._pen = Pen(palette.limited(view.colors))

    def set_palette(self, palette: Palette) -> None:
        """Take other colours."""
        self._pen = Pen(palette.limited(self.view.colors))
        self.refresh()

    def repaint(self, numbers: bool = True) -> None:
        """Paint what changed; nothing is sent where nothing did.

        Without `numbers` only lanes, charts, header, knobs and the finding line are looked at.
        """
        self._repaint(numbers, whole=not numbers)

    def catch_up(self) -> None:
        """Paint what a slow line is owed, once no key is being answered."""
        if self._owed is not None and (self.view.link is None or self.view.link.calm):
            numbers, self._owed = self._owed, None
            self._repaint(numbers, whole=True)

    def answer(self) -> bool:
        """Paint only what answers a key, which is quick; false if all must be painted."""
        width, height = self.size
        if self._answer is None or not width or not height:
            return False
        captioned = caption.has_line(self.view, height)
        new = self._answer(self.view, width, height - captioned)
        if new is not None:
            self._show(caption.lay(self.view, new) if captioned else new, owed=False, whole=False)
        return new is not None

    def _repaint(self, numbers: bool, *, whole: bool) -> None:
        """`whole`: nothing in it answers a key, so that no part of it need go first."""
        width, height = self.size
        if not width or not height:
            return
        captioned = caption.has_line(self.view, height)
        try:
            new = self._painter.paint(self.view, width, height - captioned, numbers=numbers)
        except Exception as error:  # a page that cannot be painted takes no run down
            new = Grid.blank(width, height - captioned)
            failed = f"this page failed: {type(error).__name__}: {error}; esc leads back"
            new.text(0, 0, printable(failed), "exploding")
            if not self.view.unicode:
                plain(new)
        self._show(caption.lay(self.view, new) if captioned else new, owed=numbers, whole=whole)

    def _show(self, new: Grid, *, owed: bool, whole: bool) -> None:
        """Send what has changed. `owed`: what is held back is owed with its numbers."""
        old = self._grid
        if old.code.shape != new.code.shape:
            self._grid, self._owed = new, None
            self.refresh()
            return
        changed = (old.code != new.code) | (old.style != new.style)
        _join_halves(changed, (old.code == TAIL) | (new.code == TAIL))
        if self.view.link is not None and self.view.link.slow:
            held = self._held(self.view.link, changed, whole=whole)[:, None] & changed
            if held.any():
                self._owed = owed or bool(self._owed)
            new = Grid(np.where(held, old.code, new.code), np.where(held, old.style, new.style))
            changed &= ~held
            if changed.any():
                self.view.link.promise()
        self._grid = new
        self._send(changed)

    def _held(self, link: Link, changed: NDArray[np.bool_], *, whole: bool) -> NDArray[np.bool_]:
        """[height] The rows that a slow line gets later, when `catch_up` finds it calm.

        Where much has changed, the rows that answer a key go first: a whole screen would keep
        them for a tenth of a second. Where keys come faster than the line carries, all wait.
        """
        held, words = np.zeros(len(changed), np.bool_), list(self._words())
        few = changed.sum() <= FEW
        if link.free and (few or whole or not words):
            return held
        held[:] = True
        if link.hurries and not whole:
            held[range(len(held)) if few else words] = False
        return held

    def on_resize(self, event: events.Resize) -> None:
        self.repaint()

    def _send(self, changed: NDArray[np.bool_]) -> None:
        """Write the changed cells to the terminal, past Textual's compositor.

        It knows whole rows of widgets only: it would make segments of all cells, and send a row up
        to the right end of its last change. What it draws itself, it asks this widget for.
        """
        if not changed.any():
            return
        x, y, width, height = self.region
        app, whole = self.app, (height, width) == changed.shape
        if whole and self.screen.is_current and not app.is_headless and not app._batch_count:
            writing = Writing(written(self._grid, self._pen, changed, x, y))
            app._display(self.screen, writing)  # type: ignore[arg-type]
        else:
            self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The cells, cut to `crop`, where Textual draws: at the start, and where a window was.

        Past its cache of lines, which outlives its widget: a quarter of a megabyte each. Past its
        filters too: they translate colours, and a palette has those of the terminal.
        """
        strips = [self.strip(y) for y in crop.line_range]
        if (crop.x, crop.width) != (0, self.size.width):
            strips = [strip.crop_extend(crop.x, crop.right, None) for strip in strips]
        return strips

    def strip(self, y: int) -> Strip:
        """One row of the screen."""
        width = self.size.width
        row = Grid.blank(width, 1)  # the grid has another size until a resize is through
        if y < self._grid.height:
            known = min(width, self._grid.width)
            row.code[0, :known] = self._grid.code[y, :known]
            row.style[0, :known] = self._grid.style[y, :known]
        codes, styles = row.code[0], row.style[0]
        edges = [0, *(np.flatnonzero(styles[1:] != styles[:-1]) + 1).tolist(), width]
        segments = []
        for start, end in pairwise(edges):
            text = codes[start:end].tobytes().decode("utf-32-le").replace("\0", "")
            segments.append(Segment(text, self._pen.style(int(styles[start]))))
        return Strip(segments, width)


def _join_halves(changed: NDArray[np.bool_], tails: NDArray[np.bool_]) -> None:
    """What changed in one half of a wide character is sent with the other, or it would be cut."""
    if tails.any():
        changed[:, 1:] |= tails[:, 1:] & changed[:, :-1]
        changed[:, :-1] |= tails[:, 1:] & changed[:, 1:]
