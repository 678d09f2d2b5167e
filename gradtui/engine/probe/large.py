"""A large net is read piece by piece as the optimizer moves it: the fewest bytes.

What the optimizer reads and writes of a piece is in the cache, and so are the numbers that are
kept of it until it has moved.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from gradtui.engine.probe.sums import (
    BEFORE,
    GRADIENT,
    UPDATE,
    Read,
    Single,
    Sums,
    mend,
    safe,
    widen,
)
from gradtui.engine.probe.weights import Weights

Move = tuple[slice, Single, Single]
"""Where the sums of some chunks of W stand, the chunks, and room to keep them while they move."""


class LargeNet:
    """Measures each step at once, and W piece by piece as it moves."""

    def __init__(
        self, sums: Sums, weights: Weights, gradient: Single, pieces: Sequence[slice]
    ) -> None:
        self._sums, self._weights, self._pieces = sums, weights, pieces
        self._quick = sums.quick(3)
        self._gradients = [((GRADIENT, part.sums), part.of(gradient)) for part in sums.parts]
        stands = [((BEFORE, part.sums), part.of(weights.numbers)) for part in sums.weight_parts]
        self._stands = stands
        room = np.zeros(max((at.stop - at.start for at in pieces), default=0), np.float32)
        self._moves = [self._reads(at, room) for at in pieces]
        self._done, self._moved, self._seconds = 0, False, 0.0

    def _reads(self, at: slice, room: Single) -> list[Move]:
        """W in a piece, and where it is kept in `room` until it has moved."""
        found = []
        for part in self._sums.weight_parts:
            cut = part.within(at)
            if cut is not None:
                kept = cut._replace(start=cut.start - at.start)
                found.append((cut.sums, cut.of(self._weights.numbers), kept.of(room)))
        return found

    @cached_property
    def _whole(self) -> list[Move]:
        """Of all pieces: where something that looks at all of W moves it."""
        room = np.zeros(self._sums.weight_parts[-1].stop, np.float32)
        return [read for at in self._pieces for read in self._reads(at, room[at])]

    def after_backward(self) -> bool | None:
        if not self._weights.known:
            self._square(self._stands)
            self._weights.read()
        self._square(self._gradients)
        sums = self._sums.table[self._done]
        if widen(sums[:UPDATE], self._quick[:UPDATE], (*self._gradients, *self._stands)):
            return True  # what is safe is finite
        return bool(np.isfinite(np.add.reduce(sums[GRADIENT])))

    def before(self, piece: int | None) -> None:
        """Keep the numbers of a piece, None: of all, that is about to move."""
        began = time.perf_counter()
        for _, now, kept in self._whole if piece is None else self._moves[piece]:
            np.copyto(kept, now)
        self._seconds += time.perf_counter() - began

    def after(self, piece: int | None) -> None:
        """It has moved: read it while it is in the cache."""
        began = time.perf_counter()
        sums, quick = self._sums.table[self._done], self._quick
        for at, now, kept in self._whole if piece is None else self._moves[piece]:
            np.subtract(now, kept, out=kept)
            update = UPDATE, at
            np.vecdot(kept, kept, out=quick[update])
            np.vecdot(now, now, out=quick[BEFORE, at])
            sums[update] = quick[update]
            if not safe(quick[update]):
                mend(sums[update], quick[update], kept)
        self._moved = True
        self._seconds += time.perf_counter() - began

    def after_step(self) -> float:
        if self._moved:
            self._weights.read()
        else:  # a step that is not finite moves nothing; how far others did, nobody has seen
            self._sums.table[self._done, UPDATE] = 0 if self._weights.known else np.nan
        looked, self._moved, self._seconds = self._seconds, False, 0.0
        self._done += 1
        return looked

    def _square(self, read: list[Read]) -> None:
        for at, numbers in read:
            np.vecdot(numbers, numbers, out=self._quick[at])

    def take(self) -> int:
        """How many steps the sums hold; the next ones begin anew."""
        done, self._done = self._done, 0
        return done
