"""The training rows in the run's own order, on the run's device."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gradtui.core.records import Value

AHEAD = 64
"""Batches that are cut at once. Each is two views, and to make those in mid-step costs ten times
as much: what the step does has taken that code out of the cache."""


class Batches:
    """Mini-batches of one permutation an epoch; the last partial batch is kept.

    The order is drawn epoch by epoch from a generator of its own, and the rows are gathered
    once an epoch, so that a batch is two views, cut some batches ahead.
    """

    def __init__(
        self, x: Tensor, y: Tensor, batch_size: Value, generator: np.random.Generator
    ) -> None:
        self.x, self.y = x, y
        self.rows = len(x)
        self.generator = generator
        self.start = self.position = 0
        """Rows of the epoch before the last batch, and with it."""
        self.size = 0
        self.resize(batch_size)
        self._shuffle()

    def resize(self, batch_size: Value) -> None:
        """From the next batch on, with the same permutation; `full` takes all rows."""
        self.size = self.rows if batch_size == "full" else min(int(batch_size), self.rows)
        self._cut: list[tuple[Tensor, Tensor]] = []
        self._taken = 0
        """Of those that are cut."""

    @property
    def per_epoch(self) -> int:
        """Batches an epoch."""
        return -(-self.rows // self.size)

    @property
    def at_end(self) -> bool:
        """The last batch closed an epoch."""
        return self.position == self.rows

    def next(self) -> tuple[Tensor, Tensor]:
        """x [batch, features] and y [batch] of the next step."""
        if self.at_end:
            self._shuffle()
        if self._taken == len(self._cut):
            self._cut_ahead()
        x, y = self._cut[self._taken]
        self._taken += 1
        self.start = self.position
        self.position = min(self.start + self.size, self.rows)
        return x, y

    def _cut_ahead(self) -> None:
        rows = slice(self.position, self.position + AHEAD * self.size)
        x, y = (torch.split(part[rows], self.size) for part in (self._x, self._y))
        self._cut, self._taken = list(zip(x, y, strict=True)), 0

    def restore(self, order: NDArray[np.int64], *, size: int, start: int, position: int) -> None:
        """Stand in the middle of an epoch: `order` is its permutation; ValueError if wrong."""
        if not (1 <= size <= self.rows and 0 <= start <= position <= self.rows):
            raise ValueError(f"no batch {start} to {position}, {size} a batch")
        self.resize(size)
        self._gather(order)
        self.start, self.position = start, position

    def find(self, chosen: int) -> tuple[int, int]:
        """(its place in the last batch, its number among the training rows) of a chosen row.

        `chosen` counts through the batch, modulo its rows. A batch of all training rows is new
        order at every step: there it is the row's number, so that one row can be followed.
        """
        count = self.position - self.start
        if count == self.rows:
            sample = chosen % self.rows
            return int(np.flatnonzero(self.order == sample)[0]), sample
        return chosen % count, int(self.order[self.start + chosen % count])

    def _shuffle(self) -> None:
        self._gather(self.generator.permutation(self.rows))
        self.position = 0

    def _gather(self, order: NDArray[np.int64]) -> None:
        self.order = order
        """[rows] Of this epoch; never changed in place."""
        rows = torch.from_numpy(order).to(self.x.device)
        self._x, self._y = (part.index_select(0, rows) for part in (self.x, self.y))
