"""What calls the lab's tick: a timer, or who has news for it.

The loop's own timers: Textual's cost a task and two messages each, more work than most ticks do,
and a screen under a window sends itself whole after every message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context


class Pulse:
    """Calls `beat` when it is asked to, until it is stopped; what that raises goes to `failed`."""

    def __init__(self, beat: Callable[[], object], failed: Callable[[Exception], object]) -> None:
        self._beat, self._failed = beat, failed
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context: Context | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False

    def begin(self) -> None:
        """The first beat, now; all others come in the context of this one."""
        self._loop, self._context = asyncio.get_running_loop(), copy_context()
        self._call()

    def after(self, seconds: float) -> None:
        """The next beat comes in so many seconds, and not before."""
        if self._timer is not None:
            self._timer.cancel()
        if self._loop is not None and not self._stopped:
            self._timer = self._loop.call_later(seconds, self._call, context=self._context)

    def soon(self) -> None:
        """A beat as soon as may be; from any thread."""
        with suppress(RuntimeError):  # the loop has closed
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._call, context=self._context)

    def stop(self) -> None:
        """No more beats."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()

    def _call(self) -> None:
        if self._stopped:  # it was on its way already
            return
        try:
            self._beat()
        except Exception as error:
            self._failed(error)
