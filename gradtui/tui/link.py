"""The line to the terminal: what is on its way, and how fast it is, by the terminal's own answers.

Behind everything that is written goes a question for the cursor's position, which every terminal
answers in order: an answer says that all before it has arrived. Nothing else tells: a write is
done when the kernel has taken it, up to a second before a slow line has carried it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from gradtui.core.frozen import frozen

QUESTION = "\x1b[6n"
"""Device status report 6 (ECMA-48); the answer is `ESC [ row ; column R`."""
BIG = 2048
"""Bytes of a writing that tells of the rate; with less the answer's own delays count for more."""
SLOW = 80_000.0
"""Bytes a second below which a line is slow: a screen of 80x24 takes more than a tenth of one."""
RECOVERED = 3 * SLOW
RATES = 8
"""The newest measurements. The best of them counts: whatever disturbs one makes it lower."""
AHEAD = 0.1
"""Seconds of the line that words may take while something is on its way already."""
USE = 0.3
"""Of the line's time that painting may take, so that a key seldom meets a line in use."""
SILENCE = 1.0
"""Seconds after which a terminal that has never answered is believed to be one that never will."""
CALM = 0.4
"""Seconds after a writing until what is not urgent goes out."""
PROMISE = 0.1
"""Seconds within which what was promised is written, or never."""
LOST = 5.0
"""Seconds after which an answer will not come any more."""


@frozen
class Writing:
    """Something that was written, at a time, and so many bytes."""

    at: float
    size: int


class Link:
    """What was written and not yet answered. Written to by one thread, answered by another.

    `forced`: the person says that the line is slow; else it is measured. `on_change` is called
    by the thread that hears, when a line turns out to be slow, or no longer.
    """

    def __init__(
        self, *, forced: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.slow = forced
        self.on_change: Callable[[], object] = lambda: None
        self.round_trip = float("inf")
        """Seconds of the shortest one."""
        self._forced, self._clock = forced, clock
        self._lock = threading.Lock()
        self._waiting: deque[Writing] = deque()
        self._timed: deque[tuple[int, float]] = deque(maxlen=RATES)
        """Sizes, and seconds until they were answered."""
        self._heard_at = self._promised_at = -1e9
        self._last = Writing(-1e9, 0)

    @property
    def known(self) -> bool:
        """Whether the rate was measured."""
        return bool(self._timed)

    @property
    def rate(self) -> float:
        """Bytes a second; infinite until something was measured."""
        timed = [*self._timed]
        rates = [size / max(seconds - self.round_trip, 1e-3) for size, seconds in timed]
        return max(rates, default=float("inf"))

    def wrote(self, size: int) -> None:
        """So many bytes were written, with a question behind them."""
        with self._lock:
            self._last = Writing(self._clock(), size)
            self._promised_at = -1e9
            self._waiting.append(self._last)

    def promise(self) -> None:
        """Something will be written in a moment."""
        self._promised_at = self._clock()

    def heard(self) -> None:
        """The terminal answered the oldest question."""
        now = self._clock()
        with self._lock:
            if not self._waiting:
                return
            writing = self._waiting.popleft()
            self.round_trip = min(self.round_trip, now - writing.at)
            # What was written onto a busy line waited there for longer than it took.
            if writing.size >= BIG and self._heard_at - self.round_trip <= writing.at:
                self._timed.append((writing.size, now - writing.at))
            self._heard_at = now
            changed = self._measure()
        if changed:
            self.on_change()

    def _measure(self) -> bool:
        """Look at the measurements; true if `slow` is another than before."""
        if self._forced or not self.known:
            return False
        slow = self.rate < (RECOVERED if self.slow else SLOW)
        changed, self.slow = slow != self.slow, slow
        return changed

    @property
    def outstanding(self) -> int:
        """Bytes that may still be on their way; what a mute terminal gets is not counted."""
        now = self._clock()
        patience = SILENCE if self._heard_at < 0 else LOST
        with self._lock:
            while self._waiting and now - self._waiting[0].at > patience:
                self._waiting.popleft()
            return sum(writing.size for writing in self._waiting)

    @property
    def free(self) -> bool:
        """Whether all has arrived, and nothing is about to be written."""
        return not self.outstanding and self._clock() - self._promised_at > PROMISE

    @property
    def calm(self) -> bool:
        """Whether all has arrived a while ago: no key is being repeated."""
        return self.free and self._clock() - self._last.at > CALM

    @property
    def rested(self) -> bool:
        """Whether all has arrived, and the line was left alone long enough for its keys."""
        rest = self._last.size / self.rate / USE
        return self.free and self._clock() - self._last.at >= rest

    @property
    def hurries(self) -> bool:
        """Whether a few words may go out though something is on its way."""
        rate = min(self.rate, SLOW)
        return self.outstanding <= rate * (min(self.round_trip, 1.0) + AHEAD)

    def sentence(self) -> str:
        """What the person is told when a line turns out to be slow."""
        if not self.slow:
            return "the line is quick enough again: all colours"
        return (
            f"slow line, {self.rate / 1024:.0f} KB/s: 16 colours, painted less often; "
            "--no-slow-link paints as ever"
        )


def of_line(told: Callable[[], object], *, far: bool, slow: bool | None) -> Link | None:
    """What watches the line: one that is `far` away, or that a person calls `slow`.

    `slow` False: nothing does. A line to the same machine is not asked. `told`: see `on_change`.
    """
    if not (slow or (far and slow is None)):
        return None
    link = Link(forced=bool(slow))
    link.on_change = told
    return link
