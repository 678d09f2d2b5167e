"""When somebody comes for the news: who reads them sleeps until then."""

from __future__ import annotations

SPARE = 0.005
"""Seconds that a pause is taken to be longer than the one before it: who wakes up too early has to
sleep again."""
LATE = 0.05
"""Seconds that may be slept too long; for more it is worth to be woken up."""


class Meeting:
    """The next time that news are of use. One thread sets it, the other goes by it."""

    def __init__(self) -> None:
        self._due, self._pause = -1e9, 0.0
        self._up = 0.0
        """When the other thread means to wake up."""

    def set(self, now: float, seconds: float) -> bool:
        """News are of use in so many seconds; true if the other thread sleeps for too long."""
        self._due, self._pause = now + seconds, seconds
        return self._up > self._due + LATE

    def kept(self, now: float) -> bool:
        """Whether somebody comes: is to come, or came a moment ago."""
        return now < self._due + max(self._pause, LATE)

    def early(self, now: float) -> float:
        """How many seconds it is too early to read; 0 if it is not."""
        return max(self._due - now, 0.0)

    def rest(self, now: float, least: float) -> float:
        """Seconds to sleep, `least` so many, for who has just read."""
        seconds = self.early(now) or (self._pause + SPARE if self.kept(now) else 0.0)
        self._up = now + max(seconds, least)
        return self._up - now
