"""Where the parts of the layer detail go: three columns of one story each, from top to bottom.

A column is a histogram and two charts on one time axis: weights, gradients, activations. What
goes first where rows are few: blank rows, step axis, formula, neighbours, the second chart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gradtui.core.frozen import frozen

KNOB_BAR = 16
"""Rows from which the knob bar is there."""
WIDE = 110
"""Columns from which there are margins and whole words."""
THREE, TWO = 72, 56
"""Columns from which so many panels stand side by side."""
GUTTER = 7
"""Columns between panels: the numbers of the y axes, and a blank on both sides."""
LEFT, SHORT_LEFT = 10, 6
"""The first gutter names what is before and what is now; of a wide and of a narrow screen."""
AIRY, ENOUGH, LEAST = 22, 10, 5
"""Rows for histogram and charts together: with blank rows, with all parts, with the fewest."""


@frozen
class Chart:
    """A title row, and the chart's rows below it."""

    title: int
    y: int
    rows: int


@frozen
class DetailLayout:
    """Rows and columns, in cells; None = not shown."""

    compact: bool
    panels: tuple[tuple[int, int], ...]
    """x and width."""
    knobs: int | None
    head: int
    formula: int | None
    flow: int | None
    titles: int
    histogram: int
    histogram_rows: int
    values: int
    """The row of the histograms' axes."""
    charts: tuple[Chart, ...]
    axis: int | None


@frozen
class Parts:
    """What there is room for."""

    gaps: int = 1
    """Blank rows above the head, below the formula, around the charts."""
    axis: int = 1
    formula: int = 1
    flow: int = 1
    charts: int = 2

    def spare(self, rows: int) -> int:
        """What is left of so many rows for histogram and charts."""
        lines = self.axis + self.formula + self.flow + self.charts
        return rows - 3 - lines - self.gaps * (3 + self.charts)


def rungs() -> Iterator[tuple[Parts, int]]:
    """From the richest to the barest, and the rows that each must have to spare."""
    parts = Parts()
    yield parts, AIRY
    yield (parts := replace(parts, gaps=0)), ENOUGH
    yield (parts := replace(parts, axis=0)), ENOUGH
    yield (parts := replace(parts, formula=0)), ENOUGH
    yield (parts := replace(parts, flow=0)), ENOUGH
    yield replace(parts, charts=1), LEAST


def arrange(width: int, height: int) -> DetailLayout:
    """The layout for a size of 40x12 or more."""
    knobs = 1 if height >= KNOB_BAR else None
    top = 1 + (knobs is not None)
    body = height - 2 - top
    parts = next((parts for parts, least in rungs() if parts.spare(body) >= least), None)
    parts = parts or Parts(0, 0, 0, 0, 1)
    spare = parts.spare(body)
    rows = max(2, spare // (2 * parts.charts))
    y = top + parts.gaps
    head = y
    formula = head + 1 if parts.formula else None
    flow = head + parts.formula + 1 if parts.flow else None
    titles = head + parts.formula + parts.flow + 1 + parts.gaps
    values = titles + 1 + spare - rows * parts.charts
    charts = []
    y = values + 1 + parts.gaps
    for _ in range(parts.charts):
        charts.append(Chart(y, y + 1, rows))
        y += rows + 1 + parts.gaps
    axis = y - parts.gaps if parts.axis else None
    return DetailLayout(
        width < WIDE, _panels(width), knobs, head, formula, flow, titles, titles + 1,
        values - titles - 1, values, tuple(charts), axis,
    )  # fmt: skip


def _panels(width: int) -> tuple[tuple[int, int], ...]:
    """x and width of the panels; all are equally wide, so they share one time axis."""
    count = 3 if width >= THREE else 2 if width >= TWO else 1
    left, margin = (LEFT, 1) if width >= WIDE else (SHORT_LEFT, 0)
    own = (width - left - margin - GUTTER * (count - 1)) // count
    return tuple((left + i * (own + GUTTER), own) for i in range(count))
