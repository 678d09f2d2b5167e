"""Measuring every layer at every step: gradient, weight, update and bias-gradient norms.

A probe is `after_backward`, `eye`, `after_step`, `flush`. Two backends measure the same to 1e-6:
`FlatProbe` reads numpy views of the flat buffers (CPU), `ForeachProbe` asks torch for all
norms at once and never waits for the device (CUDA, and any list of tensors).
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from gradtui.core.frozen import frozen
from gradtui.core.records import Floats
from gradtui.engine.optimizers import Eye


@frozen
class Measured:
    """K steps of L layers, [K, L] each, linear float64."""

    grad_norm: Floats
    weight_norm: Floats
    update_ratio: Floats
    bias_rms: Floats


class Probe(Protocol):
    """Measures one net. Nothing that it does changes a bit of the training."""

    @property
    def eye(self) -> Eye | None:
        """Has to see how the optimizer moves the weights; None: `after_step` says enough."""

    def after_backward(self) -> bool | None:
        """The gradient is complete, and not yet clipped.

        Whether it is all finite, as far as it is measured here (weights and biases); None if
        it is not read yet.
        """

    def after_step(self) -> float:
        """The weights have moved. Returns the seconds that this took, and `eye` before it."""

    def flush(self) -> Measured:
        """All steps since the last flush; the only call that may wait for the device."""


def ratio(update: Floats, weight: Floats) -> Floats:
    """norm(W after - W before) / norm(W before); inf if W was 0 and moved, 0 if it did not."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient: Floats = update / weight
    return np.where((update == 0) & (weight == 0), 0.0, quotient)
