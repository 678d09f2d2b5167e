"""The histories of a run, by the name of the quantity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from gradtui.core.history import History
from gradtui.core.records import Floats

FRAME_QUANTITIES = ("grad_norm", "update_ratio", "weight_norm", "bias_rms")
SHARES = ("dead", "saturated")
"""nan here says that the activation knows no such share, not that a number was lost."""
SAMPLE_QUANTITIES = ("dead", "saturated", "activation_mean", "activation_std")
"""Shares, or of either sign: no log10 of them."""
MOST = 2**16
"""Numbers of a quantity that may wait: half a megabyte."""


class Quantities(Mapping[str, History]):
    """Rows wait until somebody reads their history: an append costs as much for one as for all.

    `train` hears of several samples at once, thousands of times, and reads hardly any of them;
    what it costs here is taken from the training thread, for both hold Python's one lock.
    """

    def __init__(self, histories: Mapping[str, History]) -> None:
        self._histories = dict(histories)
        self._steps: dict[str, list[int]] = {name: [] for name in histories}
        self._rows: dict[str, list[Floats]] = {name: [] for name in histories}
        self._numbers = dict.fromkeys(histories, 0)

    def append(self, name: str, steps: Sequence[int], rows: Floats) -> None:
        """Add `rows` [K, L] at `steps` [K], in rising order.

        Raises `ValueError` for another shape: no row that waits is lost by it.
        """
        shape = len(steps), self._histories[name].layers
        if rows.shape != shape:
            raise ValueError(f"{name} is {rows.shape}, not {shape}")
        self._steps[name] += steps
        self._rows[name].append(rows)
        self._numbers[name] += rows.size
        if self._numbers[name] > MOST:
            self._settle(name)

    def mark(self, step: int) -> None:
        """An intervention takes effect before `step`."""
        for history in self.values():
            history.mark(step)

    def _settle(self, name: str) -> None:
        if steps := self._steps[name]:
            rows = self._rows[name]
            self._steps[name], self._rows[name], self._numbers[name] = [], [], 0
            self._histories[name].append(steps, np.concatenate(rows))

    def __getitem__(self, name: str) -> History:
        self._settle(name)
        return self._histories[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._histories)

    def __len__(self) -> int:
        return len(self._histories)
