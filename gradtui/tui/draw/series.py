"""From a history to what a chart draws: a smoothed line, its envelope, where it is not finite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gradtui.core.frozen import frozen
from gradtui.core.history import History
from gradtui.core.records import Applied, Eval
from gradtui.tui.timeline import Timeline

WINDOW = 0.75
"""The line is the mean over so many columns to both sides."""

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@frozen
class Series:
    """A quantity along the time axis; log10 where its history is, unless asked for linear."""

    line: Floats
    """[2 * columns] Mean around each half column; nan is a gap."""
    low: Floats
    high: Floats
    """[columns] Smallest and largest step of each column."""
    lost: NDArray[np.bool_]
    """[columns] A step of this column is inf or nan."""


@frozen
class Buckets:
    """The first row of a history, bucket by bucket; n of them."""

    first: NDArray[np.int64]
    middle: Floats
    """The middle of the steps that each spans."""
    total: Floats
    count: Floats
    """Sum and number of the finite values."""
    low: Floats
    high: Floats
    bad: NDArray[np.bool_]
    """A step is inf or nan."""
    segment: NDArray[np.int32]


def buckets(history: History, last: int, *, linear: bool = False) -> Buckets:
    """Of the steps up to `last`: a sample may be there before the frame of its step is.

    `linear` undoes the log10 of a history that has it. The mean of a bucket of several steps is
    a geometric one if its history is logarithmic.
    """
    known = slice(int(np.searchsorted(history.first, last, side="right")))
    first, segment = history.first[known], history.segment[known]
    behind = np.append(first[1:], last + 1)
    count = history.count[known, 0].astype(np.float64)
    mean = np.where(count > 0, history.mean[known, 0], 0.0).astype(np.float64)
    low, high = (edge[known, 0].astype(np.float64) for edge in (history.low, history.high))
    bad = (history.nans[known, 0] + history.infs[known, 0]) > 0
    total = mean * count
    if linear and history.log:
        total = 10.0**mean * count
        count = count + history.zeros[known, 0]
        low, high = 10.0**low, 10.0**high
    middle = (first + np.minimum(behind, first + history.width)) / 2
    return Buckets(first, middle, total, count, low, high, bad, segment)


def series(history: History, timeline: Timeline, *, linear: bool = False) -> Series:
    """The first row of a history on a time axis; what lies behind its last column is not drawn."""
    width = timeline.width
    low, high = np.full(width, np.nan), np.full(width, np.nan)
    lost = np.zeros(width, bool)
    data = buckets(history, timeline.last, linear=linear)
    if not len(data.first):
        return Series(np.full(2 * width, np.nan), low, high, lost)
    at = timeline.columns(data.first)
    seen = slice(np.searchsorted(data.first, timeline.first), np.searchsorted(at, width))
    if len(at := at[seen]):
        edges = np.flatnonzero(np.diff(at, prepend=-1))
        low[at[edges]] = np.fmin.reduceat(data.low[seen], edges)
        high[at[edges]] = np.fmax.reduceat(data.high[seen], edges)
        lost[at[edges]] = np.logical_or.reduceat(data.bad[seen], edges)
    line = _smooth(data, timeline)
    line[np.repeat(lost, 2)] = np.nan
    return Series(line, low, high, lost)


def beside(history: History, timeline: Timeline, since: int, *, linear: bool = False) -> Floats:
    """[2 * columns] The line of a branch that left this axis at `since`, to its own end."""
    if not history.size or int(history.first[-1]) < timeline.first:
        return np.full(2 * timeline.width, np.nan)
    last = int(history.first[-1]) + history.width - 1
    longer = replace(timeline, last=max(last, timeline.last))
    line = series(history, longer, linear=linear).line
    return np.where(longer.halves >= since, line, np.nan)


def _smooth(data: Buckets, timeline: Timeline) -> Floats:
    """The mean around each half column, over what no intervention, nan or inf parts from it."""
    line = np.full(2 * timeline.width, np.nan)
    drawn = np.flatnonzero(np.isfinite(timeline.halves))
    times = timeline.halves[drawn]
    here, drawn, times = _inside(data, timeline, drawn, times)
    if not len(drawn):
        return line
    parted = (np.diff(data.segment, prepend=data.segment[0]) != 0) | data.bad
    piece = np.cumsum(parted | np.append(False, data.bad[:-1]))
    own = piece[here]
    reach = WINDOW * timeline.spc
    left = np.maximum(np.searchsorted(data.middle, times - reach), np.searchsorted(piece, own))
    right = np.minimum(
        np.searchsorted(data.middle, times + reach, side="right"),
        np.searchsorted(piece, own, side="right"),
    )
    total, count = _sums(data.total, left, right), _sums(data.count, left, right)
    known = count > 0
    value = np.full(len(times), np.nan)
    value[known] = total[known] / count[known]
    # A bucket wider than half a column leaves holes: its own mean, or straight lines across.
    alone = ~known & (data.count[here] > 0)
    value[alone] = data.total[here[alone]] / data.count[here[alone]]
    if known.any():
        bridged = ~known & _between_equals(known, own)
        value[bridged] = np.interp(times[bridged], times[known], value[known])
    value[data.bad[here]] = np.nan
    line[drawn] = value
    return line


def _inside(
    data: Buckets, timeline: Timeline, drawn: Ints, times: Floats
) -> tuple[Ints, Ints, Floats]:
    """The bucket of each half column, and those half columns whose segment has a bucket."""
    bounds = [timeline.reach(i) for i in range(len(timeline.segments))]
    starts = np.array([begin for begin, _ in bounds])
    ends = np.array([end for _, end in bounds])
    segment = np.maximum(np.searchsorted(starts, times, side="right") - 1, 0)
    here = np.searchsorted(data.first, times, side="right") - 1
    here = np.maximum(here, np.searchsorted(data.first, starts[segment]))
    there = here < len(data.first)
    there[there] = data.first[here[there]] < ends[segment[there]]
    return here[there], drawn[there], times[there]


def _sums(values: Floats, left: Ints, right: Ints) -> Floats:
    """The sum of values[left:right] for each pair: no running sum, which a spike would blind."""
    pairs = np.stack([left, right], axis=1).ravel()
    found = np.add.reduceat(np.append(values, 0.0), pairs)[::2]
    return np.asarray(np.where(left < right, found, 0.0))


def _between_equals(known: NDArray[np.bool_], piece: Ints) -> NDArray[np.bool_]:
    """Which places have a known one of their own piece on both sides."""
    at = np.arange(len(known))
    before = np.maximum.accumulate(np.where(known, at, -1))
    after = np.minimum.accumulate(np.where(known, at, len(known))[::-1])[::-1]
    inside = (before >= 0) & (after < len(known))
    same = inside.copy()
    same[inside] = piece[before[inside]] == piece[after[inside]]
    return same


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
        first, end = timeline.reach(i)
        inside = (steps >= first) & ((steps < end) | (i + 1 == len(timeline.segments)))
        mine = (times >= first) & (times < end)
        if inside.any() and mine.any():
            line[mine] = np.interp(times[mine], steps[inside], values[inside])
    return line
