"""Nets by their architecture: each is a pure function of (parameters, input, knobs)."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from gradtui.core.entries import Activation
from gradtui.core.spec import Spec
from gradtui.engine.convolution import Grid
from gradtui.engine.dataset import Dataset
from gradtui.engine.model import Forward, RunningStatistics, Trace
from gradtui.engine.models.mlp import Mlp
from gradtui.engine.models.recurrent import Recurrent
from gradtui.engine.models.seq2seq_rnn import Seq2SeqRnn
from gradtui.engine.models.transformer import Transformer
from gradtui.engine.parameters import Parameters


class Model(Protocol):
    """A net: its parameters, how they are drawn, and its forward pass."""

    grid: Grid | None
    """Hidden layers convolve over these positions."""
    parameters: Parameters
    running: RunningStatistics

    def initialise(self, rule: str, generator: torch.Generator) -> None:
        """Draw all weights anew, in place; `rule` is a value of the knob `init`."""

    def observed(self, activation: Activation) -> Activation:
        """What to call dead or saturated in its activations, if the knob says `activation`."""

    def forward(
        self,
        x: Tensor,
        knobs: Forward,
        running: RunningStatistics | None,
        generator: torch.Generator | None = None,
        trace: Trace | None = None,
    ) -> Tensor:
        """Logits [rows of y, classes]; the arguments are those of `engine.model.forward`."""


def build(spec: Spec, data: Dataset, device: torch.device) -> Model:
    """The net of a spec, for such data; its weights are not drawn yet."""
    match spec.experiment.net.name:
        case "recurrent":
            return Recurrent(spec.fixed, data, device)
        case "seq2seq-rnn":
            return Seq2SeqRnn(spec.fixed, data, device)
        case "transformer" | "decoder":
            return Transformer(spec.fixed, data, device)
        case _:
            return Mlp(spec, data, device)
