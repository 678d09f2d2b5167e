"""Rows of many numbers are read as they pass.

To keep their tensors until a frame is due would cost new memory, and what is read later has left
the cache: it is there when the backward pass comes by. All that is read is the same, and by the
same functions, as of a row that was kept.
"""

from __future__ import annotations

from functools import partial

from torch import Tensor

from gradtui.core.entries import Activation
from gradtui.engine.blocks import ALONE
from gradtui.engine.model import Passed, Trace
from gradtui.engine.readers import Room, dead, moments, share_of, square


class Passing(Trace):
    """The trace of a step on a CPU that nobody but the samples looks at."""

    def __init__(self, activation: Activation, room: Room) -> None:
        super().__init__([], [])
        self._activation, self._room = activation, room

    def add(self, z: Tensor, h: Tensor) -> None:
        if z.numel() < ALONE:
            super().add(z, h)
            return
        passed = self.passed[len(self.activations) + len(self.passed)] = Passed()
        activation = None if h is z else self._activation
        # What the hook knows is no part of the graph: the pass is freed at once.
        hook = partial(_read, passed, h.detach(), activation, self._room)
        z.register_hook(hook)  # type: ignore[no-untyped-call]


def _read(
    passed: Passed, h: Tensor, activation: Activation | None, room: Room, gradient: Tensor
) -> None:
    """A hook of z; no `activation`: none follows this row."""
    numbers = h.numpy()
    passed.signal = square(gradient.numpy().reshape(-1)) / numbers.size
    passed.mean, passed.variance = moments(numbers.reshape(-1), room)
    if activation is not None and activation.can_die:
        passed.dead = dead(numbers)
    if activation is not None and activation.saturated is not None:
        passed.saturated = share_of(numbers, activation.saturated)
