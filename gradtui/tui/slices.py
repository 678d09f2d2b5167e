"""Upright parts of the main screen, which Textual takes for widgets."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from textual.color import TRANSPARENT
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class Whole(Protocol):
    """The screen that is cut into slices."""

    @property
    def region(self) -> Region:
        """Where it is."""

    def strip(self, y: int) -> Strip:
        """One row of it; the same object until the row changes."""


class Slice(Widget):
    """An upright part of the dashboard."""

    DEFAULT_CSS = "Slice { width: 1fr; height: 1fr; }"

    def __init__(self, dashboard: Whole) -> None:
        super().__init__()
        self._dashboard = dashboard
        self._cut: dict[int, tuple[Strip, Region, Strip]] = {}
        """By row: the strip of the whole screen, the crop that was asked for, and what it gave."""

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
        at = Region(self._left() + crop.x, 0, crop.width, 1)
        strips = []
        for y in crop.line_range:
            whole = self._dashboard.strip(y)
            kept = self._cut.get(y)
            if kept is None or kept[0] is not whole or kept[1] != at:
                kept = self._cut[y] = (whole, at, self._crop(whole, at))
            strips.append(kept[2])
        return strips

    def _crop(self, whole: Strip, at: Region) -> Strip:
        """A row, cut: Textual asks for all of a slice when one has changed, so it is kept."""
        strip = whole.crop(at.x, at.right).adjust_cell_length(at.width)
        filters = self.get_line_filters()
        ground = self.background_colors[1] if filters else TRANSPARENT
        for line_filter in filters:
            strip = strip.apply_filter(line_filter, ground)
        return strip
