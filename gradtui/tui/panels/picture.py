"""What the panels of one repaint have in common, computed once and only if asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gradtui.core.records import Eval
from gradtui.core.scale import log10, slope
from gradtui.core.state import RunState
from gradtui.doctor.verdicts import Verdict, verdicts
from gradtui.tui.draw.lanes import INF, NAN, VALUE, ZERO, Axis, Lanes, axis, combine
from gradtui.tui.draw.series import Floats, Series, held_out, series
from gradtui.tui.layout import Layout
from gradtui.tui.timeline import Timeline
from gradtui.tui.view import View


@dataclass(frozen=True)
class Picture:
    """One repaint: a view, where its parts go, its time axis."""

    view: View
    layout: Layout
    timeline: Timeline
    lanes: Lanes

    @property
    def state(self) -> RunState:
        return self.view.state

    @property
    def unicode(self) -> bool:
        return self.view.unicode

    @property
    def mono(self) -> bool:
        return self.view.colors == "none"

    @cached_property
    def axis(self) -> Axis:
        """The axis of lanes and profile."""
        return axis(self.state.quantities[self.view.quantity])

    @cached_property
    def selected(self) -> int:
        """The lane of the selected layer, from the top."""
        layer = min(max(self.view.selected, 0), len(self.state.info.layers) - 1)
        return next(i for i, (a, b) in enumerate(self.layout.groups) if a <= layer < b)

    def lane_row(self, lane: int) -> int:
        """The row of the screen that holds a lane's words: its lowest."""
        return self.layout.lanes.y + (lane + 1) * self.layout.lane_rows - 1

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """The worst verdict of each lane, the top lane first."""
        found = verdicts(self.state)
        return [max(found[a:b], key=lambda v: v.grade) for a, b in self.layout.groups]

    def grouped(self, values: Floats | None, *, log: bool = True) -> Floats:
        """Linear layer values [L] as lane values, the top lane first: geometric means.

        nan and inf win over numbers, zeros where they are half or more.
        """
        lanes = [first for first, _ in reversed(self.layout.groups)]
        if values is None or len(values) != len(self.state.info.layers):
            return np.full(len(lanes), np.nan)
        rows = log10(values) if log else np.asarray(values, np.float32)
        finite = np.isfinite(rows)
        flags = (np.where(finite, rows, 0), finite, np.isneginf(rows), np.isposinf(rows),
                 np.isnan(rows))  # fmt: skip
        sums = [np.add.reduceat(flag, lanes, dtype=_TYPES[i]) for i, flag in enumerate(flags)]
        mean, kind = combine(*sums, log=log)
        value = 10.0 ** mean.astype(np.float64) if log else mean.astype(np.float64)
        for code, word in ((ZERO, 0.0), (INF, np.inf), (NAN, np.nan)):
            value = np.where(kind == code, word, value)
        return np.asarray(np.where(kind < VALUE, np.nan, value)[::-1])

    @cached_property
    def now(self) -> Floats | None:
        """The newest value of each lane; None before the first."""
        name = self.view.quantity
        if name not in self.state.now:
            return None
        return self.grouped(self.state.now[name], log=name != "dead")

    @cached_property
    def ghost(self) -> Floats | None:
        """log10 of the signal before the last intervention, or the last finite one."""
        if self.state.ghost is None or self.view.quantity != "signal":
            return None
        return log10(self.grouped(self.state.ghost.signal)).astype(np.float64)

    @cached_property
    def slopes(self) -> tuple[float, float]:
        """Decades per layer before the last intervention and now; nan if unknown."""
        before = self.state.ghost
        now = self.state.sample
        return (
            slope(before.signal) if before else float("nan"),
            slope(now.signal) if now and not np.isnan(now.signal).any() else float("nan"),
        )

    @property
    def linear_loss(self) -> bool:
        """The loss is drawn as it is, not as log10."""
        return self.view.ordinate == "linear"

    @cached_property
    def loss(self) -> Series:
        """log10, unless drawn linear."""
        return series(self.state.train_loss, self.timeline, linear=self.linear_loss)

    @cached_property
    def accuracy(self) -> Series:
        """Where the loss is not finite, an accuracy means nothing."""
        found = series(self.state.train_accuracy, self.timeline)
        lost = self.loss.lost
        line = np.where(np.repeat(lost, 2), np.nan, found.line)
        low, high = (np.where(lost, np.nan, edge) for edge in (found.low, found.high))
        return Series(line, low, high, lost)

    @cached_property
    def test_loss(self) -> Floats:
        """log10, unless drawn linear; along the time axis."""
        line = held_out(self.state.evals, self.state.markers, self.timeline, "loss")
        return line if self.linear_loss else log10(line).astype(np.float64)

    @cached_property
    def test_accuracy(self) -> Floats:
        return held_out(self.state.evals, self.state.markers, self.timeline, "accuracy")

    @property
    def newest_eval(self) -> Eval | None:
        return self.state.evals[-1] if self.state.evals else None


_TYPES: tuple[type[np.generic], ...] = (np.float32, np.int32, np.int32, np.int32, np.int32)


def last_finite(values: NDArray[np.float64]) -> float:
    """The newest number of a line; nan if there is none."""
    known = values[np.isfinite(values)]
    return float(known[-1]) if len(known) else float("nan")
