"""From a history to what a chart draws: a smoothed line, its envelope, where it is not finite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gradtui.core.history import History
from gradtui.core.records import Applied, Eval
from gradtui.tui.timeline import Timeline

WINDOW = 0.75
"""The line is the mean over so many columns to both sides."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Series:
    """A quantity along the time axis; log10 where its history is."""

    line: Floats
    """[2 * columns] Mean around each half column; nan is a gap."""
    low: Floats
    high: Floats
    """[columns] Smallest and largest step of each column."""
    lost: NDArray[np.bool_]
    """[columns] A step of this column is inf or nan."""


def series(history: History, timeline: Timeline) -> Series:
    """The first row of a history on a time axis."""
    width, size = timeline.width, history.size
    low, high = np.full(width, np.nan), np.full(width, np.nan)
    lost = np.zeros(width, bool)
    line = np.full(2 * width, np.nan)
    if not size:
        return Series(line, low, high, lost)
    first = history.first
    at = timeline.columns(first)
    edges = np.flatnonzero(np.diff(at, prepend=-1))
    low[at[edges]] = np.fmin.reduceat(history.low[:, 0], edges)
    high[at[edges]] = np.fmax.reduceat(history.high[:, 0], edges)
    bad = (history.nans[:, 0] + history.infs[:, 0]) > 0
    lost[at[edges]] = np.logical_or.reduceat(bad, edges)
    count = history.count[:, 0].astype(np.float64)
    mean = np.where(count > 0, history.mean[:, 0], 0.0)
    behind = np.append(first[1:], timeline.last + 1)
    middle = (first + np.minimum(behind, first + history.width)) / 2
    for i in range(len(timeline.segments)):
        _smooth(line, timeline, timeline.span(i), middle, mean * count, count)
    line[np.repeat(lost, 2)] = np.nan
    return Series(line, low, high, lost)


def _smooth(
    line: Floats, timeline: Timeline, span: tuple[int, int], middle: Floats,
    total: Floats, count: Floats,
) -> None:  # fmt: skip
    """Write the mean around each half column of one segment into `line`."""
    begin, end = np.searchsorted(middle, span)
    if begin == end:
        return
    times = timeline.halves
    mine = np.flatnonzero((times >= span[0]) & (times < span[1]))
    reach = WINDOW * timeline.spc
    left = np.searchsorted(middle[begin:end], times[mine] - reach)
    right = np.searchsorted(middle[begin:end], times[mine] + reach, side="right")
    sums = np.concatenate([[0.0], np.cumsum(total[begin:end])])
    counts = np.concatenate([[0.0], np.cumsum(count[begin:end])])
    inside = counts[right] - counts[left]
    known = inside > 0
    value = (sums[right] - sums[left])[known] / inside[known]
    if known.any():  # buckets wider than half a column leave holes: straight lines across them
        line[mine] = np.interp(times[mine], times[mine][known], value, left=np.nan, right=np.nan)


def held_out(
    evals: Sequence[Eval], markers: Sequence[Applied], timeline: Timeline, field: str
) -> Floats:
    """[2 * columns] `loss` or `accuracy` of the evaluations, linear, joined inside a segment.

    The newest value goes on to the pen.
    """
    line = np.full(2 * timeline.width, np.nan)
    if not evals:
        return line
    applied = {marker.step for marker in markers}
    steps = np.array(
        [e.step - 0.5 if e.when == "before" and e.step in applied else e.step for e in evals]
    )
    values = np.array([getattr(e, field) for e in evals], np.float64)
    times = timeline.halves
    for i in range(len(timeline.segments)):
        first, end = timeline.span(i)
        inside = (steps >= first) & ((steps < end) | (i + 1 == len(timeline.segments)))
        mine = (times >= first) & (times < end)
        if inside.any() and mine.any():
            line[mine] = np.interp(times[mine], steps[inside], values[inside])
    return line
