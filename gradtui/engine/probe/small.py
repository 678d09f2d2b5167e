"""A small net's numbers wait side by side until a frame is due: the fewest calls a step.

A call in mid-step costs several times its work: torch's pass has taken its code and its rows
out of the cache. So a step copies what it has in one place, and what has gathered is read some
steps at a time, one call right after the other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradtui.core.records import Floats
from gradtui.engine.probe.sums import BEFORE, GRADIENT, UPDATE, Single, Sums, lines, mend, safe
from gradtui.engine.probe.weights import Weights

TOGETHER = 6
"""Steps that are read at once: these are in the cache while they are."""

Place = tuple[slice, slice | int, slice]
"""Steps, kinds and chunks of sums."""


class Group(NamedTuple):
    """Some steps that wait: views, made once."""

    steps: slice
    before: Single
    """[steps, numbers]: W."""
    after: Single
    moved: Single
    """Room for the difference; every group takes the same."""
    reads: list[tuple[Place, Single, Single]]
    """Where sums stand, the numbers [steps, ..., chunks, n], and room for the sums."""

    def look(self) -> None:
        """At how W moved."""
        np.subtract(self.after, self.before, out=self.moved)

    def read(self) -> None:
        """Take all sums of squares, in float32."""
        self.look()
        for _, numbers, quick in self.reads:
            np.vecdot(numbers, numbers, out=quick)

    def mend(self, sums: Floats) -> None:
        """The same in float64, where float32 may have lost something."""
        self.look()
        for place, numbers, quick in self.reads:
            mend(sums[place], quick, numbers)


def _bytes(row: Single) -> memoryview:
    """To copy these asks for a tenth of the code that numpy needs for its arrays, which is cold."""
    return row.view(np.uint8).data


class SmallNet:
    """Copies the numbers of each step, and measures them all when they are asked for.

    How a step moved W is seen when the next one has its gradient, or when it is asked for.
    Where somebody wrote to W before that, nobody has seen it: it is nan.
    """

    def __init__(self, sums: Sums, weights: Weights, gradient: Single, steps: int) -> None:
        """`steps` wait at most."""
        self._sums, self._weights = sums, weights
        self._now = _bytes(gradient), _bytes(weights.places[0])
        # One row more than steps: W after the last one.
        rows = lines(steps + 1, UPDATE, len(gradient))
        self._gradients = [_bytes(row) for row in rows[:, GRADIENT]]
        self._before = [_bytes(row) for row in rows[:, BEFORE]]
        self._quick = sums.quick(steps, 3)
        room = lines(TOGETHER, len(gradient))
        self._groups = [
            self._group(rows, room, slice(first, min(first + TOGETHER, steps)))
            for first in range(0, steps, TOGETHER)
        ]
        self._unseen: list[int] = []
        self._steps, self._slot, self._done = steps, 0, 0

    def _group(self, rows: Single, room: Single, steps: slice) -> Group:
        weights = rows[steps.start : steps.stop + 1, BEFORE]
        moved = room[: len(weights) - 1]
        gradients_alone, both = slice(BEFORE), slice(UPDATE)
        reads: list[tuple[Place, Single, Single]] = []
        for kinds, parts, numbers in (
            (gradients_alone, self._sums.bias_parts, rows[steps, gradients_alone]),
            (both, self._sums.weight_parts, rows[steps]),
            (UPDATE, self._sums.weight_parts, moved),
        ):
            for part in parts:
                place = steps, kinds, part.sums
                reads.append((place, part.of(numbers), self._quick[place]))
        return Group(steps, weights[:-1], weights[1:], moved, reads)

    def after_backward(self) -> bool | None:
        if self._slot == self._steps:
            self._measure()
        self._see_weights()
        self._gradients[self._slot][:] = self._now[GRADIENT]
        return None

    def after_step(self) -> float:
        self._slot += 1
        self._weights.read()
        return 0.0  # less than it takes to tell

    def _see_weights(self) -> None:
        """As they are: where the last step left them, and the next one starts."""
        slot = self._slot
        if slot and not self._weights.known:
            self._unseen.append(self._done + slot - 1)
        self._before[slot][:] = self._now[BEFORE]

    def _measure(self) -> None:
        """Read all rows as they stand. Overflow is expected: numpy must not warn of it."""
        self._see_weights()
        count, quick = self._slot, self._quick
        groups = self._groups[: -(-count // TOGETHER)]
        for group in groups:
            group.read()
        sums = quick if safe(quick[:count]) else self._mended(groups)
        self._sums.table[self._done : self._done + count] = sums[:count]
        self._done, self._slot = self._done + count, 0

    def _mended(self, groups: list[Group]) -> Floats:
        sums = self._quick.astype(np.float64)
        for group in groups:
            if not safe(self._quick[group.steps]):
                group.mend(sums)
        return sums

    def take(self) -> int:
        """How many steps the sums hold; the next ones begin anew."""
        if self._slot:
            self._measure()
        self._sums.table[self._unseen, UPDATE] = np.nan
        self._unseen.clear()
        done, self._done = self._done, 0
        return done
