"""Scalars by tag and step, put together as the frames, samples and evaluations of a run."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from gradtui.core.records import Eval, Floats, Record
from gradtui.sources.scalars.block import Block, Mask, Steps
from gradtui.sources.scalars.layout import Layout, layout

Points = tuple[Steps, Floats, Floats]
"""Steps, values and wall times."""
NEVER = -(2**62)


@dataclass
class Series:
    """The points of one tag, in the order they were logged."""

    steps: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))
    times: array[float] = field(default_factory=lambda: array("d"))
    told: int = 0
    """So many have become records."""
    last: float = np.nan
    """The newest of these."""


class Table:
    """All points of a run. A tag that was not logged at a step holds its last value there."""

    def __init__(self) -> None:
        self.series: dict[str, Series] = {}
        self.layout = Layout()
        self.step = -1
        """The newest step that became a record."""
        self._time = np.nan
        self._stale = False

    def add(self, tag: str, step: int, value: float, time: float) -> None:
        series = self.series.get(tag)
        if series is None:
            series = self.series[tag] = Series()
            self._stale = True
        series.steps.append(step)
        series.values.append(value)
        series.times.append(time)

    def laid_out(self) -> bool:
        """Settle what the tags mean; True if it changed: then all is told anew."""
        if not self._stale:
            return False
        self._stale = False
        new = layout(self.series)
        if new == self.layout:
            return False
        self.layout, self.step, self._time = new, -1, np.nan
        for series in self.series.values():
            series.told, series.last = 0, np.nan
        return True

    @property
    def newest(self) -> int:
        """The newest step of all that is shown."""
        used = [self.series[tag].steps for tag in self.layout.used]
        return max((steps[-1] for steps in used if steps), default=-1)

    def records(self, until: int) -> Iterator[Record]:
        """What is new up to the step `until`, in rising order."""
        yield from self._evals(until)
        found = self.layout
        scalars = [tag for tag in (found.loss, found.accuracy, found.penalty) if tag]
        rows = [tag for tags in found.quantities.values() for tag in tags if tag]
        fresh = {tag: self._fresh(tag, until, self.step) for tag in (*scalars, *rows)}
        steps = _union(points[0] for points in fresh.values())
        if not len(steps):
            return
        block = Block(
            layout=found,
            steps=steps,
            columns={tag: self._held(tag, steps, points) for tag, points in fresh.items()},
            present={name: self._present(name, steps, fresh) for name in found.quantities},
            times=_times(steps, fresh.values()),
            before=self._time,
        )
        self.step, self._time = int(steps[-1]), float(block.times[-1])
        yield from block.records()

    def _fresh(self, tag: str, until: int, behind: int) -> Points:
        """What is new of a tag, by step; of one step the last value. What came too late is left."""
        series = self.series[tag]
        steps = np.array(series.steps[series.told :], np.int64)
        waits = steps > until
        count = int(np.argmax(waits)) if waits.any() else len(steps)
        cut = slice(series.told, series.told + count)
        series.told += count
        values = np.array(series.values[cut], np.float64)
        times = np.array(series.times[cut], np.float64)
        order = np.argsort(steps[:count], kind="stable")
        steps = steps[order]
        kept = np.append(steps[1:] != steps[:-1], True)[:count] & (steps > behind)
        return steps[kept], values[order][kept], times[order][kept]

    def _held(self, tag: str, steps: Steps, points: Points) -> Floats:
        """[K] Its value at each step, or the one before."""
        series = self.series[tag]
        behind = np.searchsorted(points[0], steps, side="right") - 1  # -1 is the last one
        held: Floats = np.append(points[1], series.last)[behind]
        series.last = float(held[-1])
        return held

    def _present(self, name: str, steps: Steps, fresh: Mapping[str, Points]) -> Mask:
        """[K] Whether any row logged the quantity at the step, and each has a value by then."""
        tags = [tag for tag in self.layout.quantities[name] if tag]
        logged: Mask = np.isin(steps, np.concatenate([fresh[tag][0] for tag in tags]))
        begin = NEVER if name == "bias_rms" else max(self.series[tag].steps[0] for tag in tags)
        return logged & (steps >= begin)

    def _evals(self, until: int) -> Iterator[Eval]:
        found = self.layout
        tags = [tag for tag in (found.test_loss, found.test_accuracy) if tag]
        fresh = {tag: self._fresh(tag, until, NEVER) for tag in tags}
        steps = _union(points[0] for points in fresh.values())
        if not len(steps):
            return
        columns = {tag: self._held(tag, steps, points) for tag, points in fresh.items()}
        nothing = np.full(len(steps), np.nan)
        losses = columns.get(found.test_loss, nothing).tolist()
        accuracies = columns.get(found.test_accuracy, nothing).tolist()
        for step, loss, accuracy in zip(steps.tolist(), losses, accuracies, strict=True):
            yield Eval(step=step, when="epoch", loss=loss, accuracy=accuracy)


def _union(steps: Iterable[Steps]) -> Steps:
    found = [some for some in steps if len(some)]
    return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)


def _times(steps: Steps, points: Iterable[Points]) -> Floats:
    """[K] When each step was logged; never before the one before."""
    times = np.full(len(steps), -np.inf)
    for at, _, when in points:
        place = np.searchsorted(steps, at)
        times[place] = np.maximum(times[place], when)
    rising: Floats = np.maximum.accumulate(times)
    return rising
