"""A large net is read piece by piece as the optimizer moves it: the fewest bytes.

The optimizer moves a piece from one place to another; both are in the cache then, and nobody has
to keep what it was.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from gradtui.core.records import Floats
from gradtui.engine.probe.sums import (
    BEFORE,
    GRADIENT,
    UPDATE,
    Read,
    Single,
    Sums,
    beside,
    lines,
    mend,
    safe,
    widen,
)
from gradtui.engine.probe.weights import Weights


class Piece(NamedTuple):
    """W in a piece of theta: views, made once."""

    now: Single
    before: Single
    """What it was, and then how it moved."""
    moved: Single
    """The sums of how it moved, [chunks]."""
    reads: list[tuple[slice, Single, Single]]
    """Where chunks stand in a row of sums, both as one [2, chunks, n], and the sums of both."""

    def look(self) -> None:
        """At how it moved, and at what it is now."""
        np.subtract(self.now, self.before, out=self.before)
        for _, both, quick in self.reads:
            np.vecdot(both, both, out=quick)


class LargeNet:
    """Measures each step at once, and W piece by piece as it moves."""

    def __init__(
        self, sums: Sums, weights: Weights, gradient: Single, pieces: Sequence[slice]
    ) -> None:
        self._sums, self._weights = sums, weights
        self._quick = sums.quick(3)
        self._gradients = [((GRADIENT, part.sums), part.of(gradient)) for part in sums.parts]
        self._stands = [
            [((BEFORE, part.sums), part.of(place)) for part in sums.weight_parts]
            for place in weights.places
        ]
        end = sums.weight_parts[-1].stop
        self._cuts = [slice(at.start, min(at.stop, end)) for at in pieces if at.start < end]
        places = weights.places
        self._pieces = [
            [self._piece(at, there, before) for at in self._cuts]
            for there, before in zip(places, reversed(places), strict=True)
        ]
        """To each place, from the other one."""
        self._mended: list[tuple[slice, Floats]] = []
        self._done, self._moved, self._seconds = 0, False, 0.0

    def _piece(self, at: slice, there: Single, before: Single) -> Piece:
        reads = []
        for cut in (part.within(at) for part in self._sums.weight_parts):
            if cut is not None:
                both = beside(cut.of(there), cut.of(before))
                reads.append((cut.sums, both, self._quick[BEFORE:, cut.sums]))
        chunks = slice(reads[0][0].start, reads[-1][0].stop)
        return Piece(there[at], before[at], self._quick[UPDATE, chunks], reads)

    @cached_property
    def _whole(self) -> list[list[Piece]]:
        """In each place, with room for all that it was."""
        places = self._weights.places
        room = lines(self._cuts[-1].stop)
        return [[self._piece(at, place, room) for at in self._cuts] for place in places]

    def after_backward(self) -> bool | None:
        if not self._weights.known:
            self._square(self._stands[self._weights.at])
            self._weights.read()
        self._square(self._gradients)
        sums, stands = self._sums.table[self._done], self._stands[self._weights.at]
        if widen(sums[:UPDATE], self._quick[:UPDATE], (*self._gradients, *stands)):
            return True  # what is safe is finite
        return bool(np.isfinite(np.add.reduce(sums[GRADIENT])))

    def moved(self, piece: int, there: int) -> None:
        """Read it while it is in the cache."""
        if piece < len(self._cuts):
            began = time.perf_counter()
            self._look(self._pieces[there][piece])
            self._seconds += time.perf_counter() - began

    def before(self) -> None:
        """Keep all of W, which is about to move where it lies."""
        began = time.perf_counter()
        for piece in self._whole[self._weights.at]:
            np.copyto(piece.before, piece.now)
        self._seconds += time.perf_counter() - began

    def after(self) -> None:
        """It has moved."""
        began = time.perf_counter()
        for piece in self._whole[self._weights.at]:
            self._look(piece)
        self._seconds += time.perf_counter() - began

    def _look(self, piece: Piece) -> None:
        piece.look()
        if not safe(piece.moved):
            self._mend(piece)
        self._moved = True

    def _mend(self, piece: Piece) -> None:
        """How it moved, in float64; W itself waits for the next step."""
        for at, (_, moved), (_, quick) in piece.reads:
            exact = quick.astype(np.float64)
            mend(exact, quick, moved)
            self._mended.append((at, exact))

    def after_step(self) -> float:
        began = time.perf_counter()
        update = self._sums.table[self._done, UPDATE]
        if self._moved:
            update[:] = self._quick[UPDATE]
            for at, exact in self._mended:
                update[at] = exact
            self._mended.clear()
            self._weights.read()
        else:  # a step that is not finite moves nothing; how far others did, nobody has seen
            update[:] = 0 if self._weights.known else np.nan
        looked, self._moved, self._seconds = self._seconds, False, 0.0
        self._done += 1
        return looked + time.perf_counter() - began

    def _square(self, read: list[Read]) -> None:
        for at, numbers in read:
            np.vecdot(numbers, numbers, out=self._quick[at])

    def take(self) -> int:
        """How many steps the sums hold; the next ones begin anew."""
        done, self._done = self._done, 0
        return done
