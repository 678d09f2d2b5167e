"""A recorded run, played in step with a clock: so many steps a second, on every machine."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from gradtui.core.errors import GradtuiError
from gradtui.core.records import Frame, Record, State
from gradtui.sources.lockstep import HeldClock
from gradtui.sources.replay import ReplaySource

SHORT = 20.0
"""Seconds that a whole run takes at most, where nobody says how fast to play it."""
LEAST = 60.0
"""Steps a second that it is played at then, at least."""


class FilmSource(ReplaySource):
    """Reads when it is polled, in no thread of its own, so that time is the clock's alone."""

    def __init__(self, path: Path, clock: HeldClock, rate: float | None) -> None:
        """`rate`: steps a second of the clock; `UsageError` for a broken file."""
        super().__init__(path, clock=clock.now)
        self._rate = rate or max(LEAST, self.moments.rows / SHORT)
        self._before = 0.0

    def start(self) -> None:
        """Begin; the next polls bring what there is to see."""
        self._before = self._clock()
        try:
            self._show(self._row)
        except GradtuiError as error:
            self._fail(error)
        self._say()

    def poll(self) -> list[Record]:
        """What the time since the last poll is worth."""
        now = self._clock()
        try:
            while not self._asked.empty():
                self._obey(self._asked.get_nowait())
            if self._playing:
                self._play((now - self._before) * self.pace)
        except GradtuiError as error:
            self._fail(error)
        self._before = now
        return super().poll()

    def _fail(self, error: GradtuiError) -> None:
        self._playing = False
        self._told.put(State(word="failed", cause=str(error)))

    def _upcoming(self) -> Frame | None:
        """How long its steps took once is another matter; of that, measuring keeps its share."""
        frame = super()._upcoming()
        if frame is None:
            return None
        seconds = len(frame.steps) / self._rate
        share = frame.probe_seconds / frame.seconds if frame.seconds > 0 else math.nan
        return replace(frame, seconds=seconds, probe_seconds=share * seconds)
