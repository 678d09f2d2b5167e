"""One forward pass of a net of many kinds of rows: what each does, and what it shows of itself."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from gradtui.engine.model import Forward, Trace, mask
from gradtui.engine.parameters import Parameters, layers_of


class Rows:
    """The rows of one pass; activations are [positions of all sequences, units].

    Rows must be used in their order: a trace takes them as they come.
    """

    def __init__(
        self,
        parameters: Parameters,
        knobs: Forward,
        generator: torch.Generator | None = None,
        trace: Trace | None = None,
    ) -> None:
        """The arguments are those of `engine.model.forward`."""
        self.weights = layers_of(parameters.weight_leaves)
        self.biases = dict(zip(parameters.biased, layers_of(parameters.bias_leaves), strict=True))
        self._gammas = layers_of(parameters.gamma_leaves)
        self._betas = layers_of(parameters.beta_leaves)
        self._gates = layers_of(parameters.gate_leaves) if knobs.gated else None
        self._knobs, self._generator, self._trace = knobs, generator, trace

    def embed(self, row: int, symbols: Tensor) -> Tensor:
        """[*, units] of symbols [*]: one row of the weights each."""
        z = F.embedding(symbols, self.weights[row])
        if self._trace is None:
            return z
        return self._show(row, z.flatten(0, -2)).view(z.shape)

    def linear(self, row: int, a: Tensor) -> Tensor:
        """z = a W + b."""
        z = self._apply(row, a)
        return self._show(row, z)

    def active(self, row: int, a: Tensor) -> Tensor:
        """act(a W + b)."""
        z = self._apply(row, a)
        h = self._knobs.activation(z)
        if self._trace is not None:
            self._trace.add(z, h)
        return h

    def recur(self, row: int, states: list[Tensor]) -> None:
        """The states of a recurrent row, h_t [batch, units], the first t first."""
        if self._trace is not None:
            self._trace.states[row] = states
            self._trace.activations.append(torch.cat([state.detach() for state in states]))

    def logits(self, row: int, a: Tensor) -> Tensor:
        """The last row."""
        z = self._apply(row, a)
        if self._trace is not None:
            self._trace.outputs.append(z)
        return z

    def norm(self, i: int, a: Tensor) -> Tensor:
        """Layer norm; Ba, Kiros, Hinton 2016."""
        return F.layer_norm(a, a.shape[-1:], self._gammas[i], self._betas[i])

    def add(self, i: int, a: Tensor, h: Tensor) -> Tensor:
        """A branch h back into its stream a, as the knobs residual and dropout say."""
        h = self.drop(h)
        if not self._knobs.residual:
            return h
        return a + (h if self._gates is None else self._gates[i] * h)

    def drop(self, h: Tensor) -> Tensor:
        """Dropout, in training."""
        if not self._knobs.dropout or self._generator is None:
            return h
        return h * mask(h, self._knobs.dropout, self._generator)

    def _apply(self, row: int, a: Tensor) -> Tensor:
        bias = self.biases.get(row)
        weight = self.weights[row]
        return a @ weight if bias is None else torch.addmm(bias, a, weight)

    def _show(self, row: int, z: Tensor) -> Tensor:
        """One that no activation follows."""
        if self._trace is not None:
            self._trace.add(z, z)
            self._trace.plain.add(row)
        return z
