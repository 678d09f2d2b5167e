"""The CPU's probe: it reads numpy views of the flat buffers, and asks torch for nothing.

A small net's gradient, W before a step and W after - W before are copied side by side for
several steps: the fewest calls. A large net is read while it is there, in pieces: the fewest
bytes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradtui.engine.parameters import Parameters
from gradtui.engine.probe import Measured, ratio
from gradtui.engine.probe.sums import (
    BEFORE,
    GRADIENT,
    UPDATE,
    Part,
    Single,
    Sums,
    mend,
    safe,
)

KEPT = 2**17
"""Numbers that wait to be measured: they fit into half of the second-level cache."""
PIECE = 2**17
"""Numbers of a large net that are read at once: few calls, and little room beside W itself."""


class SmallNet:
    """Copies the numbers of several steps, then measures them all by one call a leaf."""

    def __init__(self, sums: Sums, theta: Single, gradient: Single, steps: int) -> None:
        self._sums, self._theta, self._gradient = sums, theta, gradient
        self._rows = np.zeros((steps, 3, len(theta)), np.float32)
        self._quick = sums.quick(steps, 3)
        rows, quick = self._rows, self._quick
        views = [(part.of(rows), quick[..., part.sums]) for part in sums.weight_parts]
        views += [(part.of(rows[:, :1]), quick[:, :1, part.sums]) for part in sums.bias_parts]
        self._views = views
        self._slot = self._done = 0

    def after_backward(self) -> bool | None:
        rows = self._rows[self._slot]
        np.copyto(rows[BEFORE], self._theta)
        np.copyto(rows[GRADIENT], self._gradient)
        return None

    def after_step(self) -> None:
        _, before, update = self._rows[self._slot]
        np.subtract(self._theta, before, out=update)
        self._slot += 1
        if self._slot == len(self._rows):
            self._measure()

    def _measure(self) -> None:
        """Read all rows as they stand. Overflow is expected: numpy must not warn of it."""
        for view, out in self._views:
            np.vecdot(view, view, out=out)
        table = self._sums.table[self._done : self._done + self._slot]
        table[:] = self._quick[: self._slot]
        if not safe(self._quick):
            for part, (view, out) in zip(self._sums.parts, self._views, strict=True):
                cut = table[:, : view.shape[1], part.sums]
                mend(cut, out[: self._slot], view[: self._slot])
        self._done, self._slot = self._done + self._slot, 0

    def take(self) -> int:
        """How many steps the sums hold; the next ones begin anew."""
        if self._slot:
            self._measure()
        done, self._done = self._done, 0
        return done


class LargeNet:
    """Measures each step at once, piece by piece; only W is copied."""

    def __init__(self, sums: Sums, theta: Single, gradient: Single) -> None:
        self._sums, self._theta, self._gradient = sums, theta, gradient
        self._before = np.zeros_like(theta)
        self._quick = sums.quick(3)
        pieces = [piece for part in sums.weight_parts for piece in part.pieces(PIECE)]
        self._scratch = np.zeros(max(p.chunks * p.length for p in pieces), np.float32)
        quick = self._quick
        self._gradients = [(p.of(gradient), quick[GRADIENT, p.sums]) for p in sums.parts]
        self._weights = [
            (
                piece.of(theta), piece.of(self._before),
                self._scratch[: piece.chunks * piece.length].reshape(piece.chunks, piece.length),
                quick[BEFORE, piece.sums], quick[UPDATE, piece.sums],
            )
            for piece in pieces
        ]  # fmt: skip
        self._pieces = pieces
        self._done = 0

    def after_backward(self) -> bool | None:
        for gradient, out in self._gradients:
            np.vecdot(gradient, gradient, out=out)
        for theta, before, _, out, _ in self._weights:
            np.copyto(before, theta)
            np.vecdot(before, before, out=out)
        self._keep(GRADIENT, self._sums.parts, lambda part: part.of(self._gradient))
        self._keep(BEFORE, self._pieces, lambda part: part.of(self._before))
        return bool(np.isfinite(np.add.reduce(self._sums.table[self._done, GRADIENT])))

    def after_step(self) -> None:
        for theta, before, update, _, out in self._weights:
            np.subtract(theta, before, out=update)
            np.vecdot(update, update, out=out)
        self._keep(UPDATE, self._pieces, lambda part: part.of(self._theta) - part.of(self._before))
        self._done += 1

    def _keep(self, kind: int, parts: list[Part], read: Callable[[Part], Single]) -> None:
        """Take over the sums of one kind; `read` gives the numbers again where they lost some."""
        quick, sums = self._quick[kind], self._sums.table[self._done, kind]
        sums[:] = quick
        if not safe(quick):
            for part in parts:
                if not safe(quick[part.sums]):
                    mend(sums[part.sums], quick[part.sums], read(part))

    def take(self) -> int:
        """How many steps the sums hold; the next ones begin anew."""
        done, self._done = self._done, 0
        return done


class FlatProbe:
    """Reads a net whose parameters and gradients lie in flat CPU buffers; `slots` steps at most."""

    def __init__(self, parameters: Parameters, slots: int) -> None:
        p, n = parameters, parameters.n_plain
        theta: Single = p.flat.numpy()[:n]
        gradient: Single = p.grad.numpy()[:n]
        self._sums = Sums(p, slots)
        together = min(slots, KEPT // (3 * n))
        self._net: SmallNet | LargeNet = (
            SmallNet(self._sums, theta, gradient, together)
            if together > 1
            else LargeNet(self._sums, theta, gradient)
        )
        self._widths = np.sqrt([bias.numel() for bias in p.biases])
        self._biased = None if not p.unbiased else np.array(p.biased)

    def after_backward(self) -> bool | None:
        return self._net.after_backward()

    def after_step(self) -> None:
        self._net.after_step()

    def flush(self) -> Measured:
        (gradient, weight, update), bias = self._sums.norms(self._net.take())
        rms = bias / self._widths
        if self._biased is not None:
            all_rows = np.full(gradient.shape, np.nan)
            all_rows[:, self._biased] = rms
            rms = all_rows
        return Measured(gradient, weight, ratio(update, weight), rms)
