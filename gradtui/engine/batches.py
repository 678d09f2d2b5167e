"""The training rows in the run's own order, on the run's device."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gradtui.core.records import Value


class Batches:
    """Mini-batches of one permutation an epoch; the last partial batch is kept.

    The order is drawn epoch by epoch from a generator of its own, and the rows are gathered
    once an epoch, so that a batch is two views.
    """

    def __init__(
        self, x: Tensor, y: Tensor, batch_size: Value, generator: np.random.Generator
    ) -> None:
        self.x, self.y = x, y
        self.rows = len(x)
        self.generator = generator
        self.position = 0
        self.size = 0
        self.resize(batch_size)
        self._shuffle()

    def resize(self, batch_size: Value) -> None:
        """From the next batch on, with the same permutation; `full` takes all rows."""
        self.size = self.rows if batch_size == "full" else min(int(batch_size), self.rows)

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
        start = self.position
        self.position = min(start + self.size, self.rows)
        return self._x[start : self.position], self._y[start : self.position]

    def _shuffle(self) -> None:
        order = torch.from_numpy(self.generator.permutation(self.rows)).to(self.x.device)
        self._x, self._y = self.x[order], self.y[order]
        self.position = 0
