"""Many small tensors read as few large arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import torch
from torch import Tensor

from gradtui.engine.probe.sums import Single
from gradtui.engine.readers import Alone, Together

Rows = Iterator[tuple[slice, Single, Alone | Together]]
"""Which layers, their numbers, and who reads these; they hold until the next ones come."""

BLOCK = 2**18
"""Numbers that are stacked and reduced at once: they fit into the cache, and the calls are few."""
ALONE = 2**14
"""A layer of so many numbers is read where it lies: a copy costs more than a few more calls."""


class Blocks:
    """Lays many small tensors out as few large arrays, in memory that it uses again."""

    def __init__(self) -> None:
        self._stack = torch.empty(0)
        self._alone, self._together = Alone(), Together()

    def of(self, steps: Sequence[list[Tensor]], *, shared: bool = False) -> Rows:
        """[steps, layers, batch, units] of neighbours of one shape; a large layer alone as it is.

        The logits stay apart. With `shared` neighbours of one tensor come as one layer of it. On a
        GPU each layer's numbers are copied here, once a sample.
        """
        shapes: list[torch.Size | None] = [tensor.shape for tensor in steps[0]]
        shapes[-1:] = [None] * bool(shapes)  # apart, whatever its shape
        start = 0
        for _, same in groupby(shapes):
            stop = start + len(list(same))
            layers = steps[0][start:stop]
            if shared and len(layers) > 1 and all(layer is layers[0] for layer in layers):
                block = self._stacked([tensors[start] for tensors in steps])
                shape = len(steps), 1, *layers[0].shape
                yield slice(start, stop), block.view(shape).cpu().numpy(), self._together
                start = stop
                continue
            if len(steps) == 1 and layers[0].numel() >= ALONE:
                for row, layer in enumerate(layers, start):
                    yield slice(row, row + 1), layer.numpy(force=True), self._alone
                start = stop
                continue
            numbers = max(len(steps) * layers[0].numel(), 1)
            each = max(BLOCK // numbers, 1)
            for first in range(start, stop, each):
                rows = slice(first, min(first + each, stop))
                block = self._stacked([tensor for step in steps for tensor in step[rows]])
                shape = len(steps), rows.stop - rows.start, *layers[0].shape
                yield rows, block.view(shape).cpu().numpy(), self._together
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
