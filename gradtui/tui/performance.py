"""The lab, played by a script: keys that nobody presses, captions, and a clock of its own."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from textual import _time, events
from textual.keys import _character_to_key

from gradtui.core import clock
from gradtui.core.errors import GradtuiError
from gradtui.core.state import RunState
from gradtui.tui.app import GradtuiApp
from gradtui.tui.dashboard import Dashboard
from gradtui.tui.stamped import stamped, tell_end


class Stage:
    """What a script can see and do."""

    def __init__(self, app: GradtuiApp) -> None:
        self._app = app

    @property
    def state(self) -> RunState:
        """Of the run that is shown now."""
        return self._app.view.state

    def press(self, key: str) -> None:
        """A key, as if a person had pressed it."""
        character = " " if key == "space" else key if len(key) == 1 else None
        name = _character_to_key(key) if len(key) == 1 else key
        self._app.post_message(events.Key(name, character))

    def caption(self, text: str) -> None:
        """The line above the footer."""
        self._app.view.caption = text
        for board in self._app.screen.query(Dashboard):
            board.repaint()


Script = Callable[[Stage], Awaitable[None]]


class Performance(GradtuiApp):
    """The app with a script; it leaves when the script has come to its end."""

    def __init__(
        self, *args: Any, script: Script, captions: bool, stamps: int | None, **options: Any
    ) -> None:
        """`captions`: the script has some.

        `stamps`: a descriptor that is told of all that is written, as `Stamped` has it.
        """
        # Keys of a person's own would make other demos of the scripts.
        environ = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_CONFIG_HOME")}
        super().__init__(*args, environ=environ, **options)
        self._stamps = stamps
        if stamps is not None:
            self.driver_class = stamped(stamps)
        self._script = script
        self.view.caption = "" if captions else None
        self.fault: GradtuiError | None = None
        """Why the script broke off, if it did."""
        self.over = False
        """The script came to its end; nobody left before."""

    def on_ready(self) -> None:
        self.run_worker(self._play(), exit_on_error=False)

    async def _play(self) -> None:
        try:
            await self._script(Stage(self))
        except GradtuiError as error:
            self.fault = error
            self.exit(1)
        else:
            self.over = True
            if self._stamps is not None:
                tell_end(self._stamps)
            self.exit(0)


@contextmanager
def on_clock(now: Callable[[], float]) -> Iterator[None]:
    """Textual and gradtui go by another clock. Textual's timers ask `_time.get_time` alone."""
    before = _time.get_time
    _time.get_time = now
    try:
        with clock.replaced(now):
            yield
    finally:
        _time.get_time = before
