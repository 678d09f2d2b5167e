"""Many small tensors read as few large arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Single = NDArray[np.float32]
Rows = Iterator[tuple[slice, Single]]
"""Which layers, and their numbers [steps, layers, …]; these hold until the next ones come."""

BLOCK = 2**18
"""Numbers that are stacked and reduced at once: they fit into the cache, and the calls are few."""
ALONE = 2**15
"""A layer of so many numbers is read where it lies: a copy costs more than a few more calls."""


class Blocks:
    """Reads many small tensors as few large arrays, in memory that it uses again.

    New memory for every sample would cost more than what is read from it.
    """

    def __init__(self) -> None:
        self._stack = torch.empty(0)
        self._centred = np.empty(0, np.float32)

    def of(self, steps: Sequence[list[Tensor]], *, shared: bool = False) -> Rows:
        """[steps, layers, batch, units] of neighbours of one shape, and which layers.

        The logits stay alone. With `shared` neighbours of one tensor come as one layer of it. On a
        GPU each layer's numbers are copied here, once a sample.
        """
        shapes: list[torch.Size | None] = [tensor.shape for tensor in steps[0]]
        shapes[-1:] = [None] * bool(shapes)  # alone, whatever its shape
        start = 0
        for _, same in groupby(shapes):
            stop = start + len(list(same))
            layers = steps[0][start:stop]
            if shared and len(layers) > 1 and all(layer is layers[0] for layer in layers):
                block = self._stacked([tensors[start] for tensors in steps])
                yield slice(start, stop), block.view(len(steps), 1, *layers[0].shape).cpu().numpy()
                start = stop
                continue
            numbers = max(len(steps) * layers[0].numel(), 1)
            each = 1 if numbers >= ALONE else BLOCK // numbers
            for first in range(start, stop, each):
                rows = slice(first, min(first + each, stop))
                block = self._stacked([tensor for step in steps for tensor in step[rows]])
                shape = len(steps), rows.stop - rows.start, *layers[0].shape
                yield rows, block.view(shape).cpu().numpy()
            start = stop

    def _stacked(self, tensors: list[Tensor]) -> Tensor:
        one = tensors[0].detach()
        if len(tensors) == 1:
            return one
        if one.device.type != "cpu":
            return torch.cat(tensors)
        numbers = len(tensors) * one.numel()
        if len(self._stack) < numbers:
            self._stack = torch.empty(numbers)
        # One behind the other they lie as if stacked; torch.stack would make a view of each first.
        return torch.cat(tensors, out=self._stack[:numbers].view(-1, *one.shape[1:]))

    def centred(self, rows: Single, centre: Single) -> Single:
        """Each row less its own mean."""
        if len(self._centred) < rows.size:
            self._centred = np.empty(rows.size, np.float32)
        room = self._centred[: rows.size].reshape(rows.shape)
        return np.subtract(rows, centre[..., None], out=room)
