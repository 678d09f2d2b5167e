"""W where it lies, and what is known of it."""

from __future__ import annotations

from gradtui.engine.optimizers import Slots
from gradtui.engine.probe.sums import Single


class Weights:
    """W and the biases where they lie, and whether anybody wrote there since they were last read.

    What a step leaves of W is what the next one starts from, unless somebody does.
    """

    def __init__(self, slots: Slots) -> None:
        self._slots, self._flat, self._version = slots, slots.thetas[0], -1
        self.places: list[Single] = [theta.numpy() for theta in slots.thetas]
        """Where they may lie."""

    @property
    def at(self) -> int:
        """In which place they lie."""
        return self._slots.at

    def read(self) -> None:
        """What is there now is known."""
        self._version = self._flat._version

    @property
    def known(self) -> bool:
        """Torch counts whatever changes a tensor in place, through any view of its memory."""
        return self._flat._version == self._version
