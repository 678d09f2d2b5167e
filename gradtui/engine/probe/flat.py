"""The CPU's probe: it reads numpy views of the flat buffers, and asks torch for nothing.

What a step leaves of W is what the next one starts from, unless somebody writes to W in
between. A small net's numbers wait side by side for several steps: the fewest calls. A large
net is read piece by piece as the optimizer moves it, while a piece is in the cache: the fewest
bytes.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from torch import Tensor

from gradtui.engine.parameters import Parameters
from gradtui.engine.probe import Measured, ratio
from gradtui.engine.probe.sums import (
    BEFORE,
    GRADIENT,
    UPDATE,
    Read,
    Single,
    Sums,
    mend,
    safe,
    take,
)

KEPT = 2**18
"""Numbers that wait to be measured: they fit into the second-level cache."""


class Weights:
    """W as it lies in the flat buffer, and whether anybody wrote to it since it was last read."""

    def __init__(self, flat: Tensor, count: int) -> None:
        self._flat, self._version = flat, -1
        self.numbers: Single = flat.numpy()[:count]

    def read(self) -> None:
        """What is there now is known."""
        self._version = self._flat._version

    @property
    def known(self) -> bool:
        """Torch counts whatever changes a tensor in place, through any of its views."""
        return self._flat._version == self._version


Move = tuple[slice, Single, Single]
"""Where the sums of some chunks of W stand, the chunks, and room to keep them while they move."""


class SmallNet:
    """Copies the numbers of several steps, then measures them all by one call a leaf."""

    def __init__(self, sums: Sums, weights: Weights, gradient: Single, steps: int) -> None:
        self._sums, self._weights, self._gradient = sums, weights, gradient
        # One row more than steps: W after the last one.
        self._rows = np.zeros((steps + 1, 3, len(gradient)), np.float32)
        self._gradients = list(self._rows[:, GRADIENT])
        self._before = list(self._rows[:, BEFORE])
        self._quick = sums.quick(steps, 3)
        rows, quick = self._rows[:-1], self._quick
        views = [(part.of(rows), quick[..., part.sums]) for part in sums.weight_parts]
        views += [(part.of(rows[:, :1]), quick[:, :1, part.sums]) for part in sums.bias_parts]
        self._views = views
        self._slot = self._done = 0

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
        if self._slot == len(self._quick):
            self._measure()
        return 0.0

    def _measure(self) -> None:
        """Read all rows as they stand. Overflow is expected: numpy must not warn of it."""
        before = self._rows[:, BEFORE]
        np.subtract(before[1:], before[:-1], out=self._rows[:-1, UPDATE])
        for view, out in self._views:
            np.vecdot(view, view, out=out)
        table = self._sums.table[self._done : self._done + self._slot]
        table[:] = self._quick[: self._slot]
        if not safe(self._quick):
            for part, (view, out) in zip(self._sums.parts, self._views, strict=True):
                cut = table[:, : view.shape[1], part.sums]
                mend(cut, out[: self._slot], view[: self._slot])
        np.copyto(before[0], before[self._slot])
        self._done, self._slot = self._done + self._slot, 0

    def take(self) -> int:
        """How many steps the sums hold; the next ones begin anew."""
        if self._slot:
            self._measure()
        done, self._done = self._done, 0
        return done


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
        room = np.zeros_like(self._weights.numbers)
        return [read for at in self._pieces for read in self._reads(at, room[at])]

    def after_backward(self) -> bool | None:
        if not self._weights.known:
            self._square(self._stands)
        self._square(self._gradients)
        sums = self._sums.table[self._done]
        if take(sums, self._quick, slice(UPDATE), (*self._gradients, *self._stands)):
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
        else:  # the step was not finite
            self._sums.table[self._done, UPDATE] = 0
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


class FlatProbe:
    """Reads a net whose parameters and gradients lie in flat CPU buffers; `slots` steps at most."""

    def __init__(
        self, parameters: Parameters, slots: int, pieces: Sequence[slice] | None = None
    ) -> None:
        """`pieces`: what moves one after the other of the flat buffer."""
        p, n = parameters, parameters.n_plain
        if pieces is None:
            pieces = [at for at, _ in p.pieces()]
        weights = Weights(p.flat, n)
        gradient: Single = p.grad.numpy()[:n]
        self._sums = Sums(p, slots)
        together = min(slots, KEPT // (3 * n))
        self._net: SmallNet | LargeNet = (
            SmallNet(self._sums, weights, gradient, together)
            if together > 1
            else LargeNet(self._sums, weights, gradient, pieces)
        )
        # Without a call between: these two are asked at every step.
        self.after_backward = self._net.after_backward
        self.after_step = self._net.after_step
        self.eye = self._net if isinstance(self._net, LargeNet) else None
        self._widths = np.sqrt([bias.numel() for bias in p.biases])
        self._biased = None if not p.unbiased else np.array(p.biased)

    def flush(self) -> Measured:
        (gradient, weight, update), bias = self._sums.norms(self._net.take())
        rms = bias / self._widths
        if self._biased is not None:
            all_rows = np.full(gradient.shape, np.nan)
            all_rows[:, self._biased] = rms
            rms = all_rows
        return Measured(gradient, weight, ratio(update, weight), rms)
