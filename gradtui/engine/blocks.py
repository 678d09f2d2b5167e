"""Many small tensors read as few large arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import torch
from torch import Tensor

from gradtui.engine.readers import Alone, Room, Together

Place = tuple[int | slice, slice]
"""Which steps, and which layers."""
Groups = Iterator[tuple[Place, Alone | Together]]
"""Where layers belong, and the layers, which hold until the next ones come."""

BLOCK = 2**18
"""Numbers that are read at once: they fit into the cache, and the calls are few."""
ALONE = 2**14
"""A layer of so many numbers is read where it lies: a copy costs more than a few more calls."""


class Blocks:
    """Lays many small tensors out as few large arrays, in memory that it uses again."""

    def __init__(self) -> None:
        self._stack = torch.empty(0)
        self._room = Room()

    def of(self, steps: Sequence[list[Tensor]], *, shared: bool = False) -> Groups:
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
                yield self._together_at(steps, slice(start, stop), 1)
            elif layers[0].numel() >= ALONE:
                yield from self._alone_at(steps, range(start, stop))
            else:
                each = max(BLOCK // max(len(steps) * layers[0].numel(), 1), 1)
                for first in range(start, stop, each):
                    rows = slice(first, min(first + each, stop))
                    yield self._together_at(steps, rows, rows.stop - first)
            start = stop

    def _alone_at(self, steps: Sequence[list[Tensor]], rows: range) -> Groups:
        """As they are, however many steps there are: this must not change a bit of what is read."""
        each = max(BLOCK // steps[0][rows.start].numel(), 1)
        for i, step in enumerate(steps):
            for first in rows[::each]:
                some = slice(first, min(first + each, rows.stop))
                layers = [layer.numpy(force=True) for layer in step[some]]
                yield (i, some), Alone(layers, self._room)

    def _together_at(
        self, steps: Sequence[list[Tensor]], rows: slice, layers: int
    ) -> tuple[Place, Together]:
        """As one array; of rows that share a tensor only the first is taken."""
        taken = [tensor for step in steps for tensor in step[rows.start : rows.start + layers]]
        block = self._stacked(taken).view(len(steps), layers, *taken[0].shape)
        return (slice(None), rows), Together(block.cpu().numpy(), self._room)

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
