"""The main screen: the composed grid is compared with the one before, and the changes are sent.

Textual cuts what it sends at the right end of a change only, so a changed cell costs all cells
left of it in its widget. The screen is therefore cut into upright slices: a change costs at most
a slice, and rows whose lane and value changed do not send what lies between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import ClassVar, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

from gradtui.core.text import printable
from gradtui.tui import caption
from gradtui.tui.composer import Composer
from gradtui.tui.draw.borders import mend
from gradtui.tui.draw.plain import plain
from gradtui.tui.grid import BLANK, INKS, TAIL, Grid
from gradtui.tui.link import Link
from gradtui.tui.pointing import Pointing
from gradtui.tui.slices import Slice
from gradtui.tui.theme import Palette
from gradtui.tui.view import View

Result = TypeVar("Result")
FEW = 300
"""Changed cells that go to a slow line at once: a twentieth of a second of it, about."""
SLICES = 12
"""More of them send fewer cells, but cost more of Textual's time for each row."""


class Painter(Protocol):
    """Makes a whole screen out of a view."""

    def paint(self, view: View, width: int, height: int, *, numbers: bool = True) -> Grid:
        """A grid of this size. Without `numbers` what only numbers change may stay as it was."""


class Covered(Screen[Result], inherit_bindings=False):
    """A screen that a dashboard covers whole: what lies under it is not drawn, nor kept."""

    BLANK: ClassVar[bool] = True


class Dashboard(Pointing):
    """A painter's screen on Textual's Line API; without one, all panels of the main screen."""

    BLANK: ClassVar[bool] = True
    """Its slices cover it: lines of its own would only be kept."""

    DEFAULT_CSS = "Dashboard { width: 1fr; height: 1fr; layout: horizontal; }"

    def __init__(
        self,
        view: View,
        palette: Palette,
        painter: Painter | None = None,
        slices: int = SLICES,
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
        self._strips: dict[int, list[Strip]] = {}
        """By row, in the pieces that the slices show."""
        self._bounds, self._bounds_of = [0] * (slices + 1), Region()
        self._styles: dict[int, Style] = {}
        self._palette = palette.limited(view.colors)
        self._slices = [Slice(self, index) for index in range(slices)]

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
        old, width = self._grid, new.width
        mend(new, [i * width // len(self._slices) for i in range(1, len(self._slices))])
        if old.code.shape != new.code.shape:
            self._grid, self._owed = new, None
            self._strips.clear()
            for part in self._slices:
                part.refresh()
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
        for y in np.flatnonzero(changed.any(axis=1)).tolist():
            self._strips.pop(y, None)
        for part in self._slices:
            part.send(changed)

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

    def strip(self, y: int) -> Strip:
        """One row of the screen."""
        return Strip.join([self.pieces([y], index)[0] for index in range(len(self._slices))])

    def pieces(self, rows: Iterable[int], index: int) -> list[Strip]:
        """What a slice shows of some rows; kept until they change."""
        region = self.region  # Textual looks it up in a map
        if self._bounds_of != region:
            self._bounds_of, self._strips = region, {}
            self._bounds = [0, *(part.region.right - region.x for part in self._slices)]
        return [self._piece(y, index) for y in rows]

    def _piece(self, y: int, index: int) -> Strip:
        if y >= self._grid.height:
            return Strip.blank(self._bounds[index + 1] - self._bounds[index], self._style(0))
        if y not in self._strips:
            self._strips[y] = self._build(y)
        return self._strips[y][index]

    def _build(self, y: int) -> list[Strip]:
        """Runs of equal style, parted where slices part."""
        bounds, grid = self._bounds, self._grid
        row = Grid.blank(bounds[-1], 1)  # the grid has another size until a resize is through
        codes, styles = row.code[0], row.style[0]
        known = min(len(codes), grid.width)
        codes[:known], styles[:known] = grid.code[y, :known], grid.style[y, :known]
        for bound in bounds[1:-1]:
            if 0 < bound < len(codes) and codes[bound] == TAIL:  # a wide one across two slices
                codes[bound - 1 : bound + 1] = BLANK
        inner = (np.flatnonzero(styles[1:] != styles[:-1]) + 1).tolist()
        edges = sorted({*inner, *bounds})
        segments: list[list[Segment]] = [[] for _ in self._slices]
        index = 0
        for start, end in pairwise(edges):
            while start >= bounds[index + 1]:
                index += 1
            run = codes[start:end]
            text = run[run != TAIL].tobytes().decode("utf-32-le")
            segments[index].append(Segment(text, self._style(int(styles[start]))))
        widths = (end - start for start, end in pairwise(bounds))
        return [Strip(part, width) for part, width in zip(segments, widths, strict=True)]

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
