"""A large net is read piece by piece as the optimizer moves it: the fewest bytes.

What the optimizer reads and writes of a piece is in the cache, and so are the numbers that are
kept of it until it has moved.
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
    kept: Single
    """Room for it while it moves, and then for how it moved."""
    moved: Single
    """The sums of how it moved, [chunks]."""
    reads: list[tuple[slice, Single, Single]]
    """Where chunks stand in a row of sums, both as one [2, chunks, n], and the sums of both."""

    def look(self) -> None:
        """At how it moved, and at what it is now."""
        np.subtract(self.now, self.kept, out=self.kept)
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
            ((BEFORE, part.sums), part.of(weights.numbers)) for part in sums.weight_parts
        ]
        end = sums.weight_parts[-1].stop
        self._places = [slice(at.start, min(at.stop, end)) for at in pieces if at.start < end]
        room = lines(max(at.stop - at.start for at in self._places))
        self._pieces = [self._piece(at, room) for at in self._places]
        self._mended: list[tuple[slice, Floats]] = []
        self._done, self._moved, self._seconds = 0, False, 0.0

    def _piece(self, at: slice, room: Single) -> Piece:
        weights, kept = self._weights.numbers, room[: at.stop - at.start]
        reads = []
        for cut in (part.within(at) for part in self._sums.weight_parts):
            if cut is not None:
                moved = cut._replace(start=cut.start - at.start).of(kept)
                both = beside(cut.of(weights), moved)
                reads.append((cut.sums, both, self._quick[BEFORE:, cut.sums]))
        chunks = slice(reads[0][0].start, reads[-1][0].stop)
        return Piece(weights[at], kept, self._quick[UPDATE, chunks], reads)

    @cached_property
    def _whole(self) -> list[Piece]:
        """All pieces, each with its own room: where something that looks at all of W moves it."""
        return [self._piece(at, lines(at.stop - at.start)) for at in self._places]

    def _of(self, piece: int | None) -> list[Piece]:
        return self._whole if piece is None else self._pieces[piece : piece + 1]

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
        for each in self._of(piece):
            np.copyto(each.kept, each.now)
        self._seconds += time.perf_counter() - began

    def after(self, piece: int | None) -> None:
        """It has moved: read it while it is in the cache."""
        began = time.perf_counter()
        for each in self._of(piece):
            each.look()
            if not safe(each.moved):
                self._mend(each)
        self._moved = True
        self._seconds += time.perf_counter() - began

    def _mend(self, piece: Piece) -> None:
        """How it moved, in float64; W itself waits for the next step."""
        for at, (_, moved), (_, quick) in piece.reads:
            exact = quick.astype(np.float64)
            mend(exact, quick, moved)
            self._mended.append((at, exact))

    def after_step(self) -> float:
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
        return looked

    def _square(self, read: list[Read]) -> None:
        for at, numbers in read:
            np.vecdot(numbers, numbers, out=self._quick[at])

    def take(self) -> int:
        """How many steps the sums hold; the next ones begin anew."""
        done, self._done = self._done, 0
        return done
