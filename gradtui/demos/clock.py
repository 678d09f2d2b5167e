"""The time of a demo, and an event loop that goes by it.

Whatever waits (timers, sleeps, the steps of the run) waits in seconds of the demo. They pass
only when nothing is left to do: at once in a recording, at a person's pace on a terminal. So a
slow machine plays slowly and a fast one does not hurry, and what is shown depends on neither.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

LATE = 0.1
"""Seconds that a machine which fell behind catches up with; of more it lets go."""


class DemoClock:
    """Seconds of a demo, from 0. They stand still while somebody holds them."""

    def __init__(self, pace: float | None = 1.0) -> None:
        """`pace`: seconds of the demo in one of the machine; None: as fast as it can."""
        self.pace = pace
        self._seconds = 0.0
        self._holds = 0
        self._lock = threading.Lock()
        self.wake: Callable[[], object] = lambda: None
        """Told when the last hold ends; by the loop, from any thread."""
        self._anchor(0.0)

    def now(self) -> float:
        """Seconds of the demo so far."""
        return self._seconds

    @property
    def held(self) -> bool:
        """Somebody is at work, and the demo waits for it."""
        return self._holds > 0

    def hold(self) -> None:
        """No time passes until `release`, however long that takes; holds add up."""
        with self._lock:
            self._holds += 1

    def release(self) -> None:
        """End one hold; from any thread."""
        with self._lock:
            self._holds -= 1
            last = not self._holds
        if last:
            self.wake()

    def due(self, seconds: float) -> float:
        """How many seconds of the machine it is until so many of the demo have passed."""
        if self.pace is None:
            return 0.0
        wait = self._real + (self._seconds + seconds - self._virtual) / self.pace - time.monotonic()
        if wait < -LATE:
            self._anchor(self._seconds + seconds)
        return max(wait, 0.0)

    def pass_by(self, seconds: float) -> None:
        """So many seconds of the demo are over."""
        self._seconds += seconds

    def catch_up(self, most: float) -> None:
        """Something came in meanwhile: let pass what has passed, at most so much."""
        if self.pace is not None:
            gone = self._virtual + (time.monotonic() - self._real) * self.pace - self._seconds
            self._seconds += min(max(gone, 0.0), most)

    def _anchor(self, virtual: float) -> None:
        self._virtual, self._real = virtual, time.monotonic()


class _Patient(selectors.BaseSelector):
    """Waits for files as another selector does, and for time by the clock of the demo."""

    def __init__(self, clock: DemoClock) -> None:
        self._clock, self._inner = clock, selectors.DefaultSelector()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        inner, clock = self._inner, self._clock
        if timeout is not None and timeout <= 0:
            return inner.select(0)
        if timeout is None or clock.held:
            return inner.select(None)
        found = inner.select(clock.due(timeout))
        if found:
            clock.catch_up(timeout)
        else:
            clock.pass_by(timeout)
        return found

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._inner.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._inner.get_map()

    def close(self) -> None:
        self._inner.close()


class DemoLoop(asyncio.SelectorEventLoop):
    """asyncio's loop on a demo's clock; work in other threads holds the time."""

    def __init__(self, clock: DemoClock) -> None:
        self._demo = clock
        super().__init__(_Patient(clock))
        clock.wake = self._wake

    def time(self) -> float:
        return self._demo.now()

    def _wake(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has closed
            self.call_soon_threadsafe(lambda: None)

    def run_in_executor(  # type: ignore[override]  # asyncio's own types are generic
        self, executor: Any, func: Any, *args: Any
    ) -> Any:
        """As asyncio does; the demo waits for the answer."""
        self._demo.hold()
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(lambda done: self._demo.release())
        return future

    async def shutdown_default_executor(self, *args: Any) -> None:
        """As asyncio does, whose patience with the threads is not counted in seconds of a demo."""
        self._demo.hold()
        try:
            await super().shutdown_default_executor(*args)
        finally:
            self._demo.release()
