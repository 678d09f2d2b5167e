"""The MLP: a pure function of (parameters, input, knobs).

A block is residual + dropout(act(norm(x W + b))), the residual from the second hidden layer
on: unscaled, or times a gate of its own (ReZero). The last layer gives the logits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from gradtui.engine.convolution import Grid
from gradtui.engine.parameters import Leaf, Parameters, layers_of


@dataclass
class Forward:
    """The knobs that the forward pass reads."""

    activation: Callable[[Tensor], Tensor]
    norm: str = "none"
    residual: bool = False
    gated: bool = False
    """ReZero, Bachlechner et al. 2020: a <- a + gate * h, from a gate of 0."""
    dropout: float = 0.0
    grid: Grid | None = None
    """Hidden layers convolve over these positions."""


class RunningStatistics:
    """Batch norm's running mean and variance, [hidden layers] of [width]; evaluation uses them."""

    def __init__(self, parameters: Parameters) -> None:
        self.means = [torch.zeros_like(gamma) for gamma in parameters.gammas]
        self.variances = [torch.ones_like(gamma) for gamma in parameters.gammas]

    def reset(self) -> None:
        for mean, variance in zip(self.means, self.variances, strict=True):
            mean.zero_()
            variance.fill_(1)

    def unseen(self, x: Tensor, grid: Grid | None) -> RunningStatistics | None:
        """What a pass over x reads that is to leave no trace: None, the batch's own statistics.

        One row has no variance; as in a step it takes the running one.
        """
        rows = len(x) * (1 if grid is None else grid.height * grid.width)
        return self if rows == 1 else None


@dataclass
class Passed:
    """What is read of a row as it passes; nan until then."""

    signal: float = math.nan
    """Mean square of dL/dz."""
    mean: float = math.nan
    """Of the activations, as the three that follow."""
    variance: float = math.nan
    dead: float = math.nan
    saturated: float = math.nan


@dataclass
class Trace:
    """What a forward pass shows of itself on sampled steps, one tensor a layer, input first."""

    outputs: list[Tensor]
    """z = x W + b, before norm and activation, [batch, out]; the last are the logits.
    A recurrent row has none."""
    activations: list[Tensor]
    """act(norm(z)) of the hidden layers, before dropout and residual."""
    states: dict[int, list[Tensor]] = field(default_factory=dict)
    """What stands for the output of a recurrent row: h_t [batch, units], the first t first."""
    plain: set[int] = field(default_factory=set)
    """Rows that no activation follows."""
    gradients: list[Tensor | None] = field(default_factory=list)
    """dL/dz of each of `watched`, after the backward pass; None in the places of `squares`. With
    `bias_rows` that of neighbours of one width each, [layers, batch * out]."""
    squares: dict[int, float] = field(default_factory=dict)
    """Sums of squares of dL/dz, by place in `watched`, of rows that are read as it passes."""
    passed: dict[int, Passed] = field(default_factory=dict)
    """Rows that are read as they pass: none of their tensors is here."""
    bias_rows: list[Leaf] = field(default_factory=list)
    """The biases, once for each row of the batch, if it is by them that dL/dz is found: of
    `outputs` only the logits are here then."""

    def take_biases(self, parameters: Parameters, batch: int) -> list[Leaf]:
        """What the forward pass is to take for the biases: as they are, or its `bias_rows`."""
        return parameters.bias_leaves

    def add(self, z: Tensor, h: Tensor) -> None:
        """The next row: its output, and its activation."""
        self.outputs.append(z)
        self.activations.append(h)

    def watched(self) -> list[Tensor]:
        """All tensors whose gradient is a signal; not to be changed."""
        if not self.states:
            return self.outputs
        return [*self.outputs, *(h for states in self.states.values() for h in states)]

    def places(self) -> list[range]:
        """Of each row, where its tensors stand in `watched`: one, one a time step, or none."""
        start = len(self.outputs)
        if not self.states and not self.passed:
            return [range(row, row + 1) for row in range(start)]
        plain, found = iter(range(start)), []
        for row in range(start + len(self.states) + len(self.passed)):
            if row in self.passed:
                found.append(range(0))
            elif row in self.states:
                found.append(range(start, start := start + len(self.states[row])))
            else:
                place = next(plain)
                found.append(range(place, place + 1))
        return found

    def by_row(self, watched: Sequence[Tensor]) -> list[Tensor]:
        """Of what belongs to `watched`: a tensor a row; of a recurrent one [time, batch, units]."""
        return [
            torch.stack([watched[i] for i in places]) if row in self.states else watched[places[0]]
            for row, places in enumerate(self.places())
        ]


def forward(
    parameters: Parameters,
    x: Tensor,
    knobs: Forward,
    running: RunningStatistics | None,
    generator: torch.Generator | None = None,
    trace: Trace | None = None,
) -> Tensor:
    """Logits [batch, classes] of x [batch, features].

    A `generator` means training: dropout draws from it, batch norm uses the batch. Without
    `running` batch norm uses the batch, of two rows at least, and leaves no trace of it. `trace`
    takes each layer's tensors as they come by; asking for it changes no number.
    """
    grid, bias_leaves = knobs.grid, parameters.bias_leaves
    if trace is not None and grid is None:
        bias_leaves = trace.take_biases(parameters, x.shape[0])
    weights, biases = layers_of(parameters.weight_leaves), layers_of(bias_leaves)
    act = knobs.activation
    norm = _norm(parameters, knobs, running, generator is not None)
    gates = layers_of(parameters.gate_leaves) if knobs.gated else None
    last = len(weights) - 1
    a, linear = (x, _dense) if grid is None else (grid.rows(x), grid.convolve)
    for i in range(last):
        z = linear(a, weights[i], biases[i])
        h = act(z if norm is None else norm(i, z))
        if trace is not None:
            trace.add(z, h)
        if knobs.dropout and generator is not None:
            h = h * mask(h, knobs.dropout, generator)
        if knobs.residual and i:
            h = a + (h if gates is None else gates[i] * h)
        a = h
    a = a if grid is None else grid.pool(a)
    logits = torch.addmm(biases[last], a, weights[last])
    if trace is not None:
        trace.outputs.append(logits)
    return logits


def _dense(a: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.addmm(bias, a, weight)


def mask(h: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Inverted dropout, Srivastava et al. 2014."""
    drawn = torch.rand(h.shape, generator=generator, device=h.device)
    return (drawn >= share).to(h.dtype).div_(1 - share)


def _norm(
    parameters: Parameters, knobs: Forward, running: RunningStatistics | None, training: bool
) -> Callable[[int, Tensor], Tensor] | None:
    """The normalisation of hidden layer i (Ba et al. 2016; Ioffe, Szegedy 2015)."""
    if knobs.norm == "none":
        return None
    gammas, betas = layers_of(parameters.gamma_leaves), layers_of(parameters.beta_leaves)

    def layer(i: int, z: Tensor) -> Tensor:
        return F.layer_norm(z, z.shape[-1:], gammas[i], betas[i])

    def batch(i: int, z: Tensor) -> Tensor:
        if running is None:
            return F.batch_norm(z, None, None, gammas[i], betas[i], training=True)
        # A batch of one has no variance: it takes the running one.
        mean, variance = running.means[i], running.variances[i]
        return F.batch_norm(
            z, mean, variance, gammas[i], betas[i], training=training and len(z) > 1
        )

    return layer if knobs.norm == "layer" else batch
