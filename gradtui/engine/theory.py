"""What mean-field theory predicts for the net as it is: only the variance of its weights counts."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import torch

from gradtui import catalog
from gradtui.core import meanfield
from gradtui.core.prediction import Prediction
from gradtui.core.records import Floats
from gradtui.core.scale import slope
from gradtui.engine.run import Run

ROWS = 16
"""Typical training rows, by quantiles of their power: f may bend for some rows only."""


class Theory:
    """Over one run. It reads the weights, some 0.1 ns a number, and changes nothing."""

    def __init__(self, run: Run) -> None:
        self._run = run
        power = run.batches.x.flatten(1).square().mean(1, dtype=torch.float64).cpu().numpy()
        self._input_power = np.quantile(power, (np.arange(ROWS) + 0.5) / ROWS)

    @property
    def _applies(self) -> bool:
        """Not under batch norm, where the rows of a batch depend on each other (Yang et al. 2019),
        nor with gates that are learned.
        """
        return self._run.knobs["norm"] != "batch" and self._run.knobs["residual"] != "rezero"

    def predict(self) -> Prediction | None:
        """The signal as a ratio to that of the logits; None where the theory does not apply."""
        if not self._applies:
            return None
        f, net = moments(str(self._run.knobs["activation"])), self._net()
        with np.errstate(all="ignore"):  # after an overflow the prediction is nan, or inf
            return Prediction(
                signal=meanfield.profile(net, f),
                limit=meanfield.fixed_point(net, f),
                sigma_w=float(np.sqrt(net.inner(net.weight_power))),
                sigma_b=float(np.sqrt(net.inner(net.bias_power))),
            )

    def steepness(self, factor: float) -> float:
        """The |slope| that is predicted if the hidden weights are multiplied by `factor`.

        nan where there is no prediction.
        """
        if not self._applies:
            return math.nan
        f, net = moments(str(self._run.knobs["activation"])), self._net()
        net = replace(net, weight_power=factor**2 * net.weight_power)
        with np.errstate(all="ignore"):
            return abs(slope(meanfield.profile(net, f)))

    def _net(self) -> meanfield.RandomNet:
        run = self._run
        *hidden, readout = run.parameters.weights
        return meanfield.RandomNet(
            weight_power=np.array([_square(w) / w.shape[1] for w in hidden]),
            bias_power=np.array([_square(b) / len(b) for b in run.parameters.biases[:-1]]),
            readout=_square(readout) / readout.shape[0],
            input_power=self._input_power,
            layer_norm=run.knobs["norm"] == "layer",
            residual=run.knobs["residual"] == "on",
            dropout=float(run.knobs["dropout"]),
        )


def _square(tensor: torch.Tensor) -> float:
    """Sum of squares."""
    return float(torch.linalg.vector_norm(tensor)) ** 2


@cache
def moments(activation: str) -> meanfield.Moments:
    """The activation's Gaussian moments; f' is autograd's, so that any catalog file will do."""
    f = catalog.activation(activation).function()

    def both(u: Floats) -> tuple[Floats, Floats]:
        with torch.enable_grad():
            x = torch.from_numpy(u).requires_grad_()
            y = f(x)
            (slope,) = torch.autograd.grad(y.sum(), x)
        return y.detach().numpy(), slope.numpy()

    return meanfield.Moments.of(both)
