"""What a step has come to, for who looks at it while it is made."""

from __future__ import annotations

from typing import Literal, Protocol

Stage = Literal["loss", "objective", "clipped", "moved"]
"""The gradient of the loss alone; with the penalty's; after clipping; the optimizer is done."""


class Watch(Protocol):
    """Someone who looks at a step while it is made."""

    def see(self, stage: Stage) -> None:
        """The run has come to this stage."""
