"""What the two charts draw on the y axes that a person chose: lines, scale, numbers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from gradtui.core.frozen import frozen
from gradtui.core.scale import log10
from gradtui.tui.draw import chart
from gradtui.tui.draw.chart import Scale
from gradtui.tui.draw.series import Floats, Series
from gradtui.tui.panels.picture import Picture

SHARES = ((1.0, "100 %"), (0.5, "50 %"), (0.0, "0"))
NINES = ((0.0, "0"), (1.0, "90 %"), (2.0, "99 %"), (3.0, "99.9 %"))
"""Accuracies on a log axis of the error rate, 1 - accuracy: each decade is one more nine."""
ABOVE = 0.3
"""Decades above the last nine; the upper edge is 100 %, which no log axis reaches."""

NEAR = 1.0
"""Decades that an undone branch may widen the axis of the loss by."""


@frozen
class Plot:
    """One chart; lines, reference and marks are values of its scale."""

    title: str
    scale: Scale
    train: Series
    test: Floats
    reference: float
    marks: tuple[tuple[float, str], ...]
    """(value, number) for the y axis; the first of those that share a row is written."""
    flat: float
    """A line that moves less is flat, where a chart has one row."""
    left: tuple[Floats, ...] = ()
    """The branches that undo left, the last one last; nan beyond the scale."""


def loss(picture: Picture, rows: int) -> Plot:
    """Mean cross-entropy on log10, or linear from 0; `rows` is the height of the chart."""
    chance = math.log(max(picture.state.info.classes, 2))
    train, test = picture.loss, picture.test_loss
    if picture.linear_loss:
        high = _extent(train, test)[1]
        known = [high, *([] if picture.timeline.first else [chance])]
        scale = chart.linear_scale(max((v for v in known if math.isfinite(v)), default=chance))
        marks = chart.linear_marks(scale, rows)
        left = _within(scale, [line for line, _ in picture.left])
        return Plot("loss", scale, train, test, chance, marks, 0.1 * scale.high, left)
    scale = _log_scale(picture, math.log10(chance))
    marks = chart.log_marks(scale, rows, unicode=picture.unicode)
    left = _within(scale, [line for line, _ in picture.left])
    return Plot("loss", scale, train, test, math.log10(chance), marks, 0.05, left)


def _log_scale(picture: Picture, chance: float) -> Scale:
    """Around all that train and test loss have been, or around what a window shows of them."""
    if picture.timeline.first:
        return chart.near_scale(*_extent(picture.loss, picture.test_loss), chance)
    low, high = picture.state.train_loss.range
    for left in picture.state.left:
        ends = left.loss.range
        low, high = min(low, max(ends[0], low - NEAR)), max(high, min(ends[1], high + NEAR))
    known = [e.loss for e in picture.state.evals if 0 < e.loss < math.inf]
    if known:
        low, high = min(low, math.log10(min(known))), max(high, math.log10(max(known)))
    return chart.loss_scale(low, high, chance)


def accuracy(picture: Picture, rows: int) -> Plot:
    """The share of right answers, linear or on log10 of the error rate; up is good on both."""
    chance = 1 / max(picture.state.info.classes, 2)
    train, test = picture.accuracy, picture.test_accuracy
    if picture.view.ordinate != "log":
        listed = SHARES if rows > 4 else SHARES[1:]
        left = tuple(line for _, line in picture.left)
        return Plot("accuracy", Scale(0.0, 1.0), train, test, chance, listed, 0.05, left)
    best = _extent(_nines(train, math.inf), _nine(test, math.inf))[1]
    top = (3.0 if best > 2 else 2.0) + ABOVE
    marks = (*(mark for mark in NINES if mark[0] < top), (top, "100 %"))
    low = float(_nine(np.array([chance]), top)[0])
    scale = Scale(0.0, top)
    left = tuple(_nine(line, top) for _, line in picture.left)
    marks = marks[::-1]
    return Plot("accuracy", scale, _nines(train, top), _nine(test, top), low, marks, 0.05, left)


def _within(scale: Scale, lines: list[Floats]) -> tuple[Floats, ...]:
    """What an undone branch was beyond the scale of the present one is not drawn."""
    return tuple(
        np.where((line >= scale.low) & (line <= scale.high), line, np.nan) for line in lines
    )


def _nine(share: Floats, top: float) -> Floats:
    """-log10(1 - accuracy): 1 for 90 %, 2 for 99 %; the edge for 100 %."""
    return np.asarray(np.minimum(-log10(1 - share), top), np.float64)


def _nines(train: Series, top: float) -> Series:
    line, low, high = (_nine(part, top) for part in (train.line, train.low, train.high))
    return replace(train, line=line, low=low, high=high)


def _extent(train: Series, test: Floats) -> tuple[float, float]:
    """Smallest and largest finite value in view; (inf, -inf) where there is none."""
    values = np.concatenate([train.low, train.high, test])
    values = values[np.isfinite(values)]
    return float(values.min(initial=math.inf)), float(values.max(initial=-math.inf))
