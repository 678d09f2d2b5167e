"""What of a sampled step need not wait to be read.

Rows of many numbers are read as they pass, in the forward pass and in the backward pass. To keep
their tensors until a frame is due would cost new memory, and what is read later has left the cache.

Of an MLP of many rows, none of which has many numbers, dL/dz comes with the gradients of the
biases. What autograd finds for a bias is the sum of dL/dz over the batch; where each row of the
batch has the bias as a leaf of its own, it finds dL/dz itself, stacked for neighbours of one width.
The sums are then made of all of them at once: see `engine.backward`.

All that is read is the same, and by the same functions, as of a row that was kept.
"""

from __future__ import annotations

from functools import partial

from torch import Tensor

from gradtui.core.entries import Activation
from gradtui.engine import columns
from gradtui.engine.blocks import ALONE
from gradtui.engine.model import Passed, Trace
from gradtui.engine.parameters import Leaf, Parameters
from gradtui.engine.readers import Room, dead, moments, share_of, square, unit_sums


class Passing(Trace):
    """The trace of a step on a CPU that nobody but the samples looks at."""

    def __init__(self, activation: Activation, room: Room) -> None:
        super().__init__([], [])
        self._activation, self._room = activation, room

    def take_biases(self, parameters: Parameters, batch: int) -> list[Leaf]:
        if batch * parameters.units > columns.SMALL and batch * parameters.widest < ALONE:
            self.bias_rows = [leaf.for_each_row(batch) for leaf in parameters.bias_leaves]
        return self.bias_rows or parameters.bias_leaves

    def add(self, z: Tensor, h: Tensor) -> None:
        if self.bias_rows:
            self.activations.append(h)
            return
        if z.numel() < ALONE:
            super().add(z, h)
            return
        row = len(self.activations) + len(self.passed)
        passed = self.passed[row] = self._read(h, None if h is z else self._activation)
        # Of the node, at half the price of a tensor's. It knows no tensor: each is freed as soon as
        # the pass is done with it.
        if (node := z.grad_fn) is not None:
            node.register_prehook(partial(_read_signal, passed))

    def _read(self, h: Tensor, activation: Activation | None) -> Passed:
        """No `activation`: none follows this row."""
        passed, numbers = Passed(), h.detach().numpy()
        sums = unit_sums(numbers)
        passed.mean, passed.variance = moments(numbers, sums, self._room)
        if activation is not None and activation.can_die:
            passed.dead = dead(numbers, sums)
        if activation is not None and activation.saturated is not None:
            passed.saturated = share_of(numbers, activation.saturated)
        return passed


def _read_signal(passed: Passed, gradients: tuple[Tensor, ...]) -> None:
    """A hook of the node that made z, before it takes dL/dz apart."""
    numbers = gradients[0].numpy().reshape(-1)
    passed.signal = square(numbers) / len(numbers)
