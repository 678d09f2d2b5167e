"""The CPU's probe: it reads numpy views of the flat buffers, and asks torch for nothing."""

from __future__ import annotations

import numpy as np

from gradtui.engine.optimizers import Slots
from gradtui.engine.parameters import Parameters
from gradtui.engine.probe import Measured, ratio
from gradtui.engine.probe.large import LargeNet
from gradtui.engine.probe.small import SmallNet
from gradtui.engine.probe.sums import Single, Sums
from gradtui.engine.probe.weights import Weights

KEPT = 2**21
"""Numbers of a small net that wait at most, 8 MB: the more wait, the warmer the code that reads
them."""


class FlatProbe:
    """Reads a net whose parameters and gradients lie in flat CPU buffers; `slots` steps at most."""

    def __init__(self, parameters: Parameters, slots: int, plain: Slots) -> None:
        """`plain`: what moves the weights and biases."""
        p, n = parameters, parameters.n_plain
        weights = Weights(plain)
        gradient: Single = p.grad.numpy()[:n]
        self._sums = Sums(p, slots)
        self._net: SmallNet | LargeNet = (
            SmallNet(self._sums, weights, gradient, min(slots, KEPT // (2 * n)))
            if p.small
            else LargeNet(self._sums, weights, gradient, plain.places)
        )
        # Without a call between: these two are asked at every step.
        self.after_backward = self._net.after_backward
        self.after_step = self._net.after_step
        self.eye = self._net if isinstance(self._net, LargeNet) else None
        self._widths = np.sqrt([bias.numel() for bias in p.biases])
        self._biased = None if not p.unbiased else np.array(p.biased, np.intp)

    def flush(self) -> Measured:
        (gradient, weight, update), bias = self._sums.norms(self._net.take())
        rms = bias / self._widths
        if self._biased is not None:
            all_rows = np.full(gradient.shape, np.nan)
            all_rows[:, self._biased] = rms
            rms = all_rows
        return Measured(gradient, weight, ratio(update, weight), rms)
