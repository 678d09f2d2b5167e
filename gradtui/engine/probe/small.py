"""A small net's numbers wait side by side for several steps: the fewest calls a step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradtui.core.records import Floats
from gradtui.engine.probe.sums import BEFORE, GRADIENT, UPDATE, Part, Single, Sums, mend, safe
from gradtui.engine.probe.weights import Weights

TOGETHER = 6
"""Steps whose updates are measured at once: these are in the cache while they are."""


class Rows:
    """Numbers [steps, numbers] that wait, and the float32 sums of their parts [steps, chunks]."""

    def __init__(self, numbers: Single, quick: Single, parts: Sequence[Part]) -> None:
        self.numbers, self._quick = numbers, quick
        self._reads = [(at.sums, at.of(numbers), quick[:, at.sums]) for at in parts]

    def square(self, sums: Floats) -> None:
        """Give `sums` [at most steps, chunks] those of the first steps."""
        for _, numbers, out in self._reads:
            np.vecdot(numbers, numbers, out=out)
        count = len(sums)
        sums[:] = self._quick[:count]
        if not safe(self._quick):
            for at, numbers, out in self._reads:
                mend(sums[:, at], out[:count], numbers[:count])


class SmallNet:
    """Copies the numbers of several steps, then measures them all by a few calls a leaf."""

    def __init__(self, sums: Sums, weights: Weights, gradient: Single, steps: int) -> None:
        self._sums, self._weights, self._gradient = sums, weights, gradient
        # One row more than steps: W after the last one.
        rows = np.zeros((steps + 1, UPDATE, len(gradient)), np.float32)
        self._gradients, self._before = list(rows[:, GRADIENT]), list(rows[:, BEFORE])
        quick = sums.quick(steps, 3)
        self._stands = (
            (GRADIENT, Rows(rows[:-1, GRADIENT], quick[:, GRADIENT], sums.parts)),
            (BEFORE, Rows(rows[:-1, BEFORE], quick[:, BEFORE], sums.weight_parts)),
        )
        room = np.zeros((TOGETHER, len(gradient)), np.float32)
        self._moves: list[tuple[slice, Single, Rows]] = []
        for first in range(0, steps, TOGETHER):
            at = slice(first, min(first + TOGETHER, steps))
            moved = Rows(room[: at.stop - first], quick[at, UPDATE], sums.weight_parts)
            self._moves.append((at, rows[first : at.stop + 1, BEFORE], moved))
        self._steps, self._slot, self._done = steps, 0, 0

    def after_backward(self) -> bool | None:
        if not self._weights.known:
            if self._slot:
                self._measure()
            np.copyto(self._before[0], self._weights.numbers)
        np.copyto(self._gradients[self._slot], self._gradient)
        return None

    def after_step(self) -> float:
        self._slot += 1
        np.copyto(self._before[self._slot], self._weights.numbers)
        self._weights.read()
        if self._slot == self._steps:
            self._measure()
        return 0.0

    def _measure(self) -> None:
        """Read all rows as they stand. Overflow is expected: numpy must not warn of it."""
        count = self._slot
        table = self._sums.table[self._done : self._done + count]
        for kind, stands in self._stands:
            stands.square(table[:, kind])
        for at, weights, moved in self._moves:
            if at.start < count:
                np.subtract(weights[1:], weights[:-1], out=moved.numbers)
                moved.square(table[at, UPDATE])
        np.copyto(self._before[0], self._before[count])
        self._done, self._slot = self._done + count, 0

    def take(self) -> int:
        """How many steps the sums hold; the next ones begin anew."""
        if self._slot:
            self._measure()
        done, self._done = self._done, 0
        return done
