"""The MLP, and the net of convolutions: chains of layers, and the logits."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from gradtui.core.architecture import CNN
from gradtui.core.entries import Activation
from gradtui.core.errors import UsageError
from gradtui.core.spec import Spec
from gradtui.engine.convolution import TAPS, Grid
from gradtui.engine.dataset import Dataset
from gradtui.engine.initialise import initialise
from gradtui.engine.model import Forward, RunningStatistics, Trace, forward
from gradtui.engine.parameters import Parameters


def _grid(spec: Spec, data: Dataset) -> Grid | None:
    if spec.experiment.net is not CNN:
        return None
    if data.image is None:
        name = spec.experiment.name
        raise UsageError(f"{name} takes images, and {data.label} are none: --data digits is one.")
    return Grid(data.image)


class Mlp:
    """Hidden layers of one width, and the logits."""

    def __init__(self, spec: Spec, data: Dataset, device: torch.device) -> None:
        depth, width = spec.depth, int(spec.fixed["width"])
        self.grid = _grid(spec, data)
        if self.grid is None:
            pairs = list(pairwise([data.features, *[width] * depth, data.classes]))
        else:
            pairs = self.grid.pairs(depth, width, data.classes)
        self.parameters = Parameters(pairs, device)
        self.running = RunningStatistics(self.parameters)
        self._fixed = spec.fixed

    def initialise(self, rule: str, generator: torch.Generator) -> None:
        initialise(
            self.parameters,
            rule,
            generator,
            uniform=self._fixed.get("uniform") == "on",
            zero=self._fixed.get("zero_init") == "on",
            taps=1 if self.grid is None else TAPS,
            sigma_b=float(self._fixed.get("sigma_b", 0)),
        )

    def observed(self, activation: Activation) -> Activation:
        return activation

    def forward(
        self,
        x: Tensor,
        knobs: Forward,
        running: RunningStatistics | None,
        generator: torch.Generator | None = None,
        trace: Trace | None = None,
    ) -> Tensor:
        return forward(self.parameters, x, knobs, running, generator, trace)
