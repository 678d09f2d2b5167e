"""W where it lies, and what is known of it."""

from __future__ import annotations

from torch import Tensor

from gradtui.engine.probe.sums import Single


class Weights:
    """W as it lies in the flat buffer, and whether anybody wrote to it since it was last read.

    What a step leaves of W is what the next one starts from, unless somebody does.
    """

    def __init__(self, flat: Tensor, count: int) -> None:
        self._flat, self._version = flat, -1
        self.numbers: Single = flat.numpy()[:count]

    def read(self) -> None:
        """What is there now is known."""
        self._version = self._flat._version

    @property
    def known(self) -> bool:
        """Torch counts whatever changes a tensor in place, through any of its views."""
        return self._flat._version == self._version
