"""How often the screen is painted: every repaint takes time from the run."""

from __future__ import annotations

from collections.abc import Callable

LANES_HZ, NUMBERS_HZ = 8.0, 2.0
"""Nobody reads numbers faster; every repaint takes the interpreter from the training thread."""
SLOW_LANES_HZ, SLOW_NUMBERS_HZ = 2.0, 0.5  # on a slow line
SHARE, SLOWEST = 0.05, 0.4
"""The screen takes so much of the interpreter's time, a large one is painted less often; but
never more seconds apart than this."""
MODEST_HZ, MODEST_SHARE, MODEST_SLOWEST = 4.0, 0.03, 0.5
"""The same of a viewer: the run has the first claim to the machine, and ten may look at it."""


class Tempo:
    """Knows when something was painted last, and what that cost."""

    def __init__(
        self, revision: int, fps: int | None, *, modest: bool, spent: Callable[[], float]
    ) -> None:
        """`spent()` says how many seconds the screen's thread has worked so far."""
        lanes = MODEST_HZ if modest else LANES_HZ
        self._lanes = 1 / min(lanes, fps or lanes)
        self._numbers = 1 / min(NUMBERS_HZ, fps or NUMBERS_HZ)
        self._share, self._slowest = (MODEST_SHARE, MODEST_SLOWEST) if modest else (SHARE, SLOWEST)
        self._spent, self._work = spent, spent()
        self._pause = self._lanes
        """Seconds between two repaints of the lanes."""
        self._drawn = self._counted = revision
        self._drawn_at = self._counted_at = -1e9

    def due(self, now: float, revision: int, *, urgent: bool, slow: bool) -> bool | None:
        """Whether to paint, which is then taken as done: with numbers, or without; None: not yet.

        `revision` counts what the run has told; `slow`: the line to the terminal is.
        """
        lanes_after = max(self._pause, 1 / SLOW_LANES_HZ if slow else 0)
        numbers_after = max(self._numbers, 1 / SLOW_NUMBERS_HZ if slow else 0)
        rested = now - self._drawn_at >= lanes_after
        lanes = revision != self._drawn and rested
        numbers = revision != self._counted and rested and now - self._counted_at >= numbers_after
        if not (urgent or numbers or lanes):
            return None
        if urgent or numbers:
            self._counted, self._counted_at = revision, now
        self._drawn, self._drawn_at = revision, now
        work, self._work = self._work, self._spent()
        costly = min((self._work - work) / self._share, self._slowest)
        self._pause = max(self._lanes, costly)
        return urgent or numbers
