"""How often the screen is painted: every repaint takes time from the run."""

from __future__ import annotations

from collections.abc import Callable

from gradtui.core.frozen import frozen


@frozen
class Pace:
    """The most that a screen allows itself."""

    lanes: float
    """Repaints a second of lanes, charts and words; of numbers, too: nobody reads them faster."""
    numbers: float
    share: float
    """The screen takes so much of a core; a large one is painted less often,"""
    slowest: float
    """but never more seconds apart than this."""


USUAL = Pace(lanes=8.0, numbers=2.0, share=0.05, slowest=0.4)
"""In the lab every repaint takes the interpreter from the training thread."""
CROWDED = Pace(lanes=4.0, numbers=1.0, share=0.008, slowest=0.7)
"""Of a viewer where others wait for the cores: the run goes first, and ten may look at it."""
SLOW_LANES_HZ, SLOW_NUMBERS_HZ = 2.0, 0.5  # on a slow line


class Tempo:
    """Knows when something was painted last, and what that cost."""

    def __init__(
        self,
        revision: int,
        fps: int | None,
        *,
        spent: Callable[[], float],
        crowded: Callable[[], bool] | None = None,
    ) -> None:
        """`spent()` says how many seconds the screen's thread has worked so far; `crowded()`,
        asked after each repaint, whether others have the first claim to the cores."""
        self._fps, self._spent, self._crowded = fps, spent, crowded
        self._work = spent()
        self._lanes, self._numbers = self._pauses(USUAL, 0.0)
        """Seconds between two repaints of the lanes, and of the numbers."""
        self._drawn = self._counted = revision
        self._drawn_at = self._counted_at = -1e9

    def due(self, now: float, revision: int, *, urgent: bool, slow: bool) -> bool | None:
        """Whether to paint, which is then taken as done: with numbers, or without; None: not yet.

        `revision` counts what the run has told; `slow`: the line to the terminal is.
        """
        lanes_after = max(self._lanes, 1 / SLOW_LANES_HZ if slow else 0)
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
        pace = CROWDED if self._crowded is not None and self._crowded() else USUAL
        self._lanes, self._numbers = self._pauses(pace, self._work - work)
        return urgent or numbers

    def rest(self, now: float) -> float:
        """Seconds until lanes may be painted again; 0 if they may be now."""
        return max(self._drawn_at + self._lanes - now, 0.0)

    def _pauses(self, pace: Pace, work: float) -> tuple[float, float]:
        """Of lanes and of numbers, after `work` seconds since the last repaint."""
        lanes, numbers = (min(hz, self._fps or hz) for hz in (pace.lanes, pace.numbers))
        return max(1 / lanes, min(work / pace.share, pace.slowest)), 1 / numbers
