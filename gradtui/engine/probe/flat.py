"""The CPU's probe: it reads numpy views of the flat buffers, and asks torch for nothing.

W is copied once a step, when the optimizer has moved it: it is then in the cache, and what a
step leaves is what the next one starts from, unless somebody writes to W in between. A small
net's numbers wait side by side for several steps: the fewest calls. A large net is read at
every step, and only the copy of W lies beside it: the fewest bytes.
"""

from __future__ import annotations

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

    def after_step(self) -> None:
        self._slot += 1
        np.copyto(self._before[self._slot], self._weights.numbers)
        self._weights.read()
        if self._slot == len(self._quick):
            self._measure()

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
    """Measures each step at once; the update lies for a moment where W before it lay."""

    def __init__(self, sums: Sums, weights: Weights, gradient: Single) -> None:
        self._sums, self._weights = sums, weights
        self._before = before = np.zeros_like(gradient)
        self._quick = sums.quick(3)
        self._gradients = [((GRADIENT, part.sums), part.of(gradient)) for part in sums.parts]
        self._stands = [((BEFORE, part.sums), part.of(before)) for part in sums.weight_parts]
        self._moves = [((UPDATE, part.sums), part.of(before)) for part in sums.weight_parts]
        self._done = 0

    def after_backward(self) -> bool | None:
        if not self._weights.known:
            self._copy()
        self._square(self._gradients)
        sums = self._sums.table[self._done]
        if take(sums, self._quick, slice(UPDATE), (*self._gradients, *self._stands)):
            return True  # what is safe is finite
        return bool(np.isfinite(np.add.reduce(sums[GRADIENT])))

    def after_step(self) -> None:
        np.subtract(self._weights.numbers, self._before, out=self._before)
        self._square(self._moves)
        sums = self._sums.table[self._done]
        take(sums, self._quick, slice(UPDATE, None), self._moves)
        self._copy()
        self._weights.read()
        self._done += 1

    def _copy(self) -> None:
        np.copyto(self._before, self._weights.numbers)
        self._square(self._stands)

    def _square(self, read: list[Read]) -> None:
        for at, numbers in read:
            np.vecdot(numbers, numbers, out=self._quick[at])

    def take(self) -> int:
        """How many steps the sums hold; the next ones begin anew."""
        done, self._done = self._done, 0
        return done


class FlatProbe:
    """Reads a net whose parameters and gradients lie in flat CPU buffers; `slots` steps at most."""

    def __init__(self, parameters: Parameters, slots: int) -> None:
        p, n = parameters, parameters.n_plain
        weights = Weights(p.flat, n)
        gradient: Single = p.grad.numpy()[:n]
        self._sums = Sums(p, slots)
        together = min(slots, KEPT // (3 * n))
        self._net: SmallNet | LargeNet = (
            SmallNet(self._sums, weights, gradient, together)
            if together > 1
            else LargeNet(self._sums, weights, gradient)
        )
        # Without a call between: these two are asked at every step.
        self.after_backward = self._net.after_backward
        self.after_step = self._net.after_step
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
