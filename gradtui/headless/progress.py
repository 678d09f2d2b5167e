"""A progress bar of one line, for a terminal."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import TextIO

from gradtui.core import text
from gradtui.core.state import RunState

SECONDS = 0.1
"""Between two drawings."""
CLEAR = "\r\x1b[K"


class Progress:
    """Draws how far a run is on `out`, and leaves nothing behind; silent without a terminal."""

    def __init__(
        self, state: RunState, out: TextIO, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.state, self.out, self._clock = state, out, clock
        self._on = out.isatty()
        self._due = 0.0
        self._marks = "━╌" if "utf" in (out.encoding or "").lower() else "#-"

    def draw(self) -> None:
        """Draw, if it is time to."""
        now = self._clock()
        if self._on and now >= self._due:
            self._due = now + SECONDS
            width = shutil.get_terminal_size().columns - 1
            self.out.write(CLEAR + bar(self.state, width, self._marks))
            self.out.flush()

    def clear(self) -> None:
        """Take the bar away."""
        if self._on:
            self.out.write(CLEAR)
            self.out.flush()


def bar(state: RunState, width: int, marks: str) -> str:
    """`vanishing ━━━━━╌╌╌ 312/600  loss 2.303  test 10.0 %`, at most `width` wide."""
    if state.step is None:
        return f"{state.info.experiment}: importing torch"[: max(width, 0)]
    done, steps = state.step + 1, max(state.info.steps, state.step + 1)
    words = f" {done}/{steps}  loss {text.loss(state.loss)}"
    if state.evals:
        words += f"  test {text.share(state.evals[-1].accuracy)}"
    room = width - len(state.info.experiment) - 1 - len(words)
    length = max(0, min(40, room))
    full = length * done // steps
    line = f"{state.info.experiment} {marks[0] * full}{marks[1] * (length - full)}{words}"
    return line[: max(width, 0)]
