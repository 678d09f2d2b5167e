"""What the panels of one repaint have in common, computed once and only if asked for."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gradtui.core.frozen import frozen
from gradtui.core.prediction import Comparison, compare
from gradtui.core.records import Eval
from gradtui.core.scale import log10, slope
from gradtui.core.state import RunState
from gradtui.doctor.verdicts import Verdict, verdicts
from gradtui.tui.draw.decades import Axis, axis
from gradtui.tui.draw.lanes import INF, NAN, VALUE, ZERO, Lanes, combine
from gradtui.tui.draw.series import Floats, Series, beside, held_out, series
from gradtui.tui.layout import Layout
from gradtui.tui.roster import Roster
from gradtui.tui.timeline import Timeline
from gradtui.tui.view import View


@frozen
class Picture:
    """One repaint: a view, where its parts go, its time axis."""

    view: View
    layout: Layout
    timeline: Timeline
    lanes: Lanes
    roster: Roster

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
        at = self.roster.position(self.view.selected)
        return next((i for i, (a, b) in enumerate(self.layout.groups) if a <= at < b), 0)

    @cached_property
    def joined(self) -> NDArray[np.bool_]:
        """[lanes] Whether the lane goes on, in depth and at the same scale, in the one below."""
        layers, opened = self.roster.layers, self.roster.opened
        groups = self.layout.groups
        found = np.zeros(len(groups), bool)
        for lane, ((first, end), (below, _)) in enumerate(pairwise(groups)):
            inside = opened is None or (opened[0] <= below and end <= opened[1])
            found[lane] = inside and layers[first] - layers[first - 1] == 1
        return found

    @cached_property
    def positions(self) -> slice:
        """Those of the roster that have lanes."""
        return slice(self.layout.groups[-1][0], self.layout.groups[0][1])

    @cached_property
    def starts(self) -> list[int]:
        """Where each lane begins among the `positions`, the lowest lane first."""
        return [first - self.positions.start for first, _ in reversed(self.layout.groups)]

    def lane_row(self, lane: int) -> int:
        """The row of the screen that holds a lane's words: its lowest."""
        return self.layout.lanes.y + (lane + 1) * self.layout.lane_rows - 1

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """The worst verdict of each lane, the top lane first."""
        found = verdicts(self.state)
        layers = self.roster.layers
        return [
            max((found[i] for i in layers[a:b]), key=lambda verdict: verdict.grade)
            for a, b in self.layout.groups
        ]

    def grouped(self, values: Floats | None, *, log: bool = True) -> Floats:
        """Linear layer values [L] as lane values, the top lane first: geometric means.

        nan and inf win over numbers, zeros where they are half or more.
        """
        lanes = self.starts
        if values is None or len(values) != len(self.state.info.layers):
            return np.full(len(lanes), np.nan)
        values = values[self.roster.index[self.positions]]
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

    def above(self, lane: int) -> float:
        """The newest value of what lies above a lane in depth; nan if it is not known."""
        first, end = self.layout.groups[lane]
        layer, now = self.roster.layers[end - 1], self.state.now.get(self.view.quantity)
        if lane > 0 and self.joined[lane - 1] and self.now is not None:
            return float(self.now[lane - 1])
        if end - first == 1 and now is not None and layer + 1 < len(now):
            return float(now[layer + 1])
        return float("nan")

    @cached_property
    def top(self) -> float:
        """log10 of the output layer's newest value, whether it is shown or not."""
        now = self.state.now.get(self.view.quantity)
        return float(log10(now[-1])) if now is not None and len(now) else float("nan")

    @cached_property
    def ghost(self) -> Floats | None:
        """log10 of the signal before the last intervention, or the last finite one."""
        if self.state.ghost is None or self.view.quantity != "signal":
            return None
        return log10(self.grouped(self.state.ghost.signal)).astype(np.float64)

    @cached_property
    def comparison(self) -> Comparison | None:
        """Theory beside the measurement, where the newest sample has both."""
        sample = self.state.sample
        if sample is None or sample.theory is None:
            return None
        return compare(sample.theory, sample.signal)

    @cached_property
    def theory(self) -> Floats | None:
        """log10 of the predicted signal of each lane."""
        sample = self.state.sample
        if sample is None or sample.theory is None or self.view.quantity != "signal":
            return None
        return log10(self.grouped(sample.theory.signal)).astype(np.float64)

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

    @cached_property
    def left(self) -> list[tuple[Floats, Floats]]:
        """Loss (log10, unless drawn linear) and accuracy of the branches that undo left, by age."""
        return [
            (
                beside(left.loss, self.timeline, left.since, linear=self.linear_loss),
                beside(left.accuracy, self.timeline, left.since),
            )
            for left in self.state.left
        ]

    @property
    def newest_eval(self) -> Eval | None:
        return self.state.evals[-1] if self.state.evals else None


_TYPES: tuple[type[np.generic], ...] = (np.float32, np.int32, np.int32, np.int32, np.int32)


def last_finite(values: NDArray[np.float64]) -> float:
    """The newest number of a line; nan if there is none."""
    known = values[np.isfinite(values)]
    return float(known[-1]) if len(known) else float("nan")
