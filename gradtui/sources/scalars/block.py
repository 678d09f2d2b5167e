"""Steps of a run side by side: the columns of its tags, and the records that they make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from gradtui.core.frozen import frozen
from gradtui.core.records import Floats, Frame, Record, Sample
from gradtui.sources.scalars.layout import Layout

Steps = NDArray[np.int64]
Mask = NDArray[np.bool_]
PER_STEP = ("grad_norm", "weight_norm", "update_ratio", "bias_rms")
SAMPLED = ("signal", "activation_mean", "activation_std", "dead", "saturated")
MOST = 4096
"""Steps of a frame."""


@frozen
class Block:
    """K steps in rising order."""

    layout: Layout
    steps: Steps
    columns: Mapping[str, Floats]
    """Tag -> its values [K]."""
    present: Mapping[str, Mask]
    """Quantity -> at which of the steps [K] it was logged."""
    times: Floats
    """[K] Wall times."""
    before: float
    """Wall time of the step before the first; nan if there is none."""

    def records(self) -> Iterator[Record]:
        """A frame has a row of each of its quantities a step: so it ends where one pauses."""
        for start, stop in self._spans():
            cut = slice(start, stop)
            yield from self._samples(start, stop)
            yield self._frame(cut)

    def _spans(self) -> list[tuple[int, int]]:
        changes = np.zeros(len(self.steps), np.bool_)
        changes[::MOST] = True
        for name in PER_STEP:
            if name in self.present:
                changes[1:] |= self.present[name][1:] != self.present[name][:-1]
        starts = np.flatnonzero(changes).tolist()
        return list(zip(starts, [*starts[1:], len(self.steps)], strict=True))

    def _frame(self, cut: slice) -> Frame:
        found = self.layout
        statistics = {
            name: self._rows(name)[cut]
            for name in PER_STEP
            if name in self.present and self.present[name][cut.start]
        }
        began = self.times[cut.start - 1] if cut.start else self.before
        took = float(self.times[cut.stop - 1] - began)
        no_bias = np.array([not tag for tag in found.quantities.get("bias_rms", ())])
        return Frame(
            steps=self.steps[cut],
            loss=self._scalar(found.loss, np.nan)[cut],
            accuracy=self._scalar(found.accuracy, np.nan)[cut],
            penalty=self._scalar(found.penalty, 0.0)[cut],
            seconds=took if took > 0 else 0.0,
            no_bias=no_bias if "bias_rms" in statistics else None,
            **statistics,  # type: ignore[arg-type]
        )

    def _scalar(self, tag: str, otherwise: float) -> Floats:
        return self.columns[tag] if tag else np.full(len(self.steps), otherwise)

    def _rows(self, name: str) -> Floats:
        """[K, L]; nan for a row without a tag."""
        blank = np.full(len(self.steps), np.nan)
        tags = self.layout.quantities.get(name, ("",) * len(self.layout.layers))
        return np.stack([self.columns[tag] if tag else blank for tag in tags], axis=1)

    def _samples(self, start: int, stop: int) -> Iterator[Sample]:
        if "signal" not in self.present:
            return
        rows = {name: self._rows(name)[start:stop] for name in SAMPLED}
        zero = np.zeros(len(self.layout.layers), np.bool_)
        for i in np.flatnonzero(self.present["signal"][start:stop]).tolist():
            values = {name: rows[name][i] for name in SAMPLED}
            yield Sample(step=int(self.steps[start + i]), zero=zero, **values)
