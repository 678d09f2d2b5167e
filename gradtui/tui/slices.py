"""Upright parts of the main screen, which Textual takes for widgets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class Whole(Protocol):
    """The screen that is cut into slices."""

    @property
    def region(self) -> Region:
        """Where it is."""

    def pieces(self, rows: Iterable[int], index: int) -> list[Strip]:
        """What a slice shows of some rows."""


class Slice(Widget):
    """An upright part of the dashboard."""

    DEFAULT_CSS = "Slice { width: 1fr; height: 1fr; }"

    def __init__(self, dashboard: Whole, index: int) -> None:
        """`index` counts the slices from the left."""
        super().__init__()
        self._dashboard, self._index = dashboard, index

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
        Past its filters too: they translate colours, and a palette has those of the terminal.
        """
        strips = self._dashboard.pieces(crop.line_range, self._index)
        if (crop.x, crop.width) != (0, self.size.width):
            strips = [strip.crop_extend(crop.x, crop.right, None) for strip in strips]
        return strips
