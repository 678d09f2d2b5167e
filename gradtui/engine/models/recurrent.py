"""Recurrent nets: the last state of a sequence of symbols gives the logits.

Rows: of each layer W_xh [in, blocks * H] and W_hh [H, blocks * H]; then out [H, classes]. The first
layer reads symbols, each other one the states of the layer before it. A cell's blocks lie side by
side. Elman 1990; Hochreiter, Schmidhuber 1997; Cho et al. 2014, as torch writes it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from gradtui import catalog
from gradtui.catalog.architectures.recurrent import GATES
from gradtui.core.architecture import Fixed
from gradtui.core.entries import Activation
from gradtui.engine.convolution import Grid
from gradtui.engine.initialise import draw
from gradtui.engine.model import Forward, RunningStatistics, Trace
from gradtui.engine.parameters import Parameters, layers_of

READOUT = 0.01
"""What the readout of orthogonal nets starts with, in shares of torch's."""
States = tuple[Tensor, Tensor]
"""h and c, [batch, H]; c plays no part outside the LSTM."""
Cell = Callable[[Tensor, Tensor, Tensor, Tensor], States]
"""(W_xh x_t + b, W_hh, h, c) -> the next h and c."""


def lstm(z: Tensor, w: Tensor, h: Tensor, c: Tensor) -> States:
    """Blocks: input gate, forget gate, output gate, candidate."""
    gates, candidate = torch.addmm(z, h, w).tensor_split((3 * h.shape[1],), 1)
    i, f, o = gates.sigmoid().chunk(3, 1)
    c = torch.addcmul(f * c, i, candidate.tanh())
    return o * c.tanh(), c


def gru(z: Tensor, w: Tensor, h: Tensor, c: Tensor) -> States:
    """Blocks: reset gate, update gate (1 keeps the state), candidate."""
    ends = (2 * h.shape[1],)
    from_x, candidate_x = z.tensor_split(ends, 1)
    from_h, candidate_h = (h @ w).tensor_split(ends, 1)
    reset, update = (from_x + from_h).sigmoid().chunk(2, 1)
    candidate = torch.addcmul(candidate_x, reset, candidate_h).tanh()
    return torch.lerp(candidate, h, update), c


def elman(act: Callable[[Tensor], Tensor]) -> Cell:
    def step(z: Tensor, w: Tensor, h: Tensor, c: Tensor) -> States:
        return act(torch.addmm(z, h, w)), c

    return step


class Symbols(Protocol):
    """What a net must know of its data."""

    @property
    def features(self) -> int: ...

    @property
    def classes(self) -> int: ...


class Recurrent:
    """Recurrent layers, stacked. x: symbols, int64 [batch, time]."""

    def __init__(self, fixed: Fixed, data: Symbols, device: torch.device) -> None:
        self.grid: Grid | None = None
        self._cell = str(fixed["cell"])
        self._depth = depth = int(fixed["depth"])
        self._width = width = int(fixed["width"])
        self._forget_bias = float(fixed["forget_bias"])
        blocks = GATES[self._cell] * width
        inner = ((width, blocks),) * (2 * depth - 1)
        shapes = ((data.features, blocks), *inner, (width, data.classes))
        biased = range(0, 2 * depth + 1, 2)
        self.parameters = Parameters(shapes, device, biased=biased, norms=())
        self.running = RunningStatistics(self.parameters)

    def initialise(self, rule: str, generator: torch.Generator) -> None:
        """`rule` holds for all but the first W_xh and out, block by block, each H x H.

        The first W_xh is N(0, 1/H), so that every symbol enters with length 1; out is torch's;
        biases are 0, but the forget gates' (of the GRU: the update gates').

        Orthogonal W_hh are rotations, of determinant + 1: they leave no direction as it is, into
        which all states would fall when the weights grow. There the last state does hold the
        first symbol, so out starts at a hundredth of torch's: Adam's first steps then turn it
        towards what the state holds, before the state gives way to it.
        """
        symbols, *inner, out = self.parameters.weights
        width = self._width
        drawn = torch.empty(symbols.shape)
        symbols.copy_(drawn.normal_(0, 1 / math.sqrt(width), generator=generator))
        for row, weight in enumerate(inner, 1):
            for block in weight.chunk(GATES[self._cell], 1):
                block.copy_(draw(rule, width, width, generator))
                if rule == "orthogonal" and row % 2 and torch.linalg.det(block) < 0:
                    block[:, 0].neg_()
        out.copy_(draw("torch", width, out.shape[1], generator))
        if rule == "orthogonal":
            out.mul_(READOUT)
        for bias in self.parameters.biases:
            bias.zero_()
        for bias in self.forget():
            bias.fill_(self._forget_bias)

    def forget(self) -> list[Tensor]:
        """The biases of the gates that keep each layer's state, [H]; LSTM forget, GRU update."""
        if self._cell == "rnn":
            return []
        cut = slice(self._width, 2 * self._width)
        return [bias[cut] for bias in self.parameters.biases[:-1]]

    def observed(self, activation: Activation) -> Activation:
        """Gated states have no flat ends of their own."""
        return activation if self._cell == "rnn" else catalog.activation("identity")

    def forward(
        self,
        x: Tensor,
        knobs: Forward,
        running: RunningStatistics | None,
        generator: torch.Generator | None = None,
        trace: Trace | None = None,
    ) -> Tensor:
        weights = layers_of(self.parameters.weight_leaves)
        biases = layers_of(self.parameters.bias_leaves)
        gated: dict[str, Cell] = {"lstm": lstm, "gru": gru}
        cell = gated.get(self._cell) or elman(knobs.activation)
        states: list[Tensor] = []
        for layer in range(self._depth):
            w_xh, w_hh = weights[2 * layer : 2 * layer + 2]
            if layer:
                below = torch.stack(states)
                entered = torch.addmm(biases[layer], below.flatten(0, 1), w_xh)
                entered = entered.view(*below.shape[:2], -1)
            else:
                entered = F.embedding(x.t(), w_xh) + biases[0]
            states = self._states(cell, entered, w_hh)
            if trace is not None:
                self._show(trace, 2 * layer, entered, states)
        logits = torch.addmm(biases[-1], states[-1], weights[-1])
        if trace is not None:
            trace.outputs.append(logits)
        return logits

    def _states(self, cell: Cell, entered: Tensor, w: Tensor) -> list[Tensor]:
        """h_t [batch, H] of one layer, from W_xh x_t + b [time, batch, blocks * H]."""
        h = c = entered.new_zeros(entered.shape[1], self._width)
        states = []
        for z in entered.unbind(0):
            h, c = cell(z, w, h, c)
            states.append(h)
        return states

    @staticmethod
    def _show(trace: Trace, row: int, entered: Tensor, states: list[Tensor]) -> None:
        """Both rows of a layer: what enters it, and its states."""
        trace.outputs.append(entered)
        trace.states[row + 1] = states
        seen = torch.cat([state.detach() for state in states])
        trace.activations += [seen, seen]
