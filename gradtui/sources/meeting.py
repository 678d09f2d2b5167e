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
        self._due, self._pause = now + seconds, seconds or self._pause
        return self._up > self._due + LATE

    def every(self, now: float) -> float:
        """Seconds between two looks for news that are awaited: who seldom comes can wait."""
        return self._pause / 4 if self.kept(now) else 0.0

    def kept(self, now: float) -> bool:
        """Whether somebody comes: is to come, or came a moment ago."""
        return now < self._due + max(self._pause, LATE)

    def rest(self, now: float, least: float = 0.0, *, told: bool = False) -> float:
        """Seconds to sleep, `least` so many; `told`: what is of use next is not yet known of."""
        while True:
            due, pause = self._due, self._pause
            seconds = max(due - now, 0.0)
            if told and not seconds and self.kept(now):
                seconds = pause + SPARE
            seconds = max(seconds, least)
            self._up = now + seconds
            if due == self._due:  # else the other thread has not seen when this one wakes up
                return seconds
