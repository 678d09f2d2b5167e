"""When a run's state is copied for its file: the training thread makes the copy and no more."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from gradtui.engine.checkpoint import Checkpoint, snapshot

if TYPE_CHECKING:
    from gradtui.engine.training import Training
    from gradtui.engine.undo import Past

Kind = Literal["time", "before", "after", "back", "pause", "end"]
"""Why it was taken; `back`: by undo or redo.

Undo goes back to those `before` interventions, runs go on from the others.
"""
Keep = Callable[[Checkpoint, Kind], None]

EVERY = 10.0
"""Seconds of training that a process killed at any moment may lose, about."""
LATE = 1.5
"""After so many of these times a frame in the making is sent before it is full."""


class Keeper:
    """Over one run; `keep` takes a checkpoint at once and writes it elsewhere."""

    def __init__(
        self,
        training: Training,
        keep: Keep,
        every: float = EVERY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._training, self._keep = training, keep
        self._every, self._clock = every, clock
        self._taken = clock()

    def tick(self) -> None:
        """After a step: take one if it is time, and between two frames.

        The frames of a run that goes on from it then begin as they would have begun.
        """
        waited = self._clock() - self._taken
        if waited < self._every:
            return
        if self._training.recorder.empty or waited >= LATE * self._every:
            self.take("time")

    def take(self, kind: Kind) -> None:
        """Take one now; all that was measured before it goes out before it."""
        self._training.recorder.flush()
        self._taken = self._clock()
        self._keep(snapshot(self._training), kind)

    def before(self, past: Past) -> None:
        """The state before an intervention, which says what was changed and finds its undo."""
        changes = [[c.step, c.knob, c.old, c.value] for c in past.changes]
        known = {**past.before.document, "number": past.number, "changes": changes}
        self._keep(replace(past.before, document=known), "before")
