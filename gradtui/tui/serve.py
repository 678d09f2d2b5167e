"""An app on the terminal: lent, watched, given back, and its source joined."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from gradtui.core.language import ENGLISH, speak
from gradtui.core.priority import come_back
from gradtui.core.source import Source
from gradtui.tui import terminal
from gradtui.tui.terminal import Terminal

if TYPE_CHECKING:
    from gradtui.tui.app import GradtuiApp

INTERRUPTED = 128 + signal.SIGINT
HUNG_UP = 128 + signal.SIGHUP
SWITCH = 0.002
"""Seconds that the training thread may keep the interpreter when the screen wants it; with
Python's own 0.005 a key waits for several of them. Training loses nothing measurable by it."""
GRACE = 0.3
"""Seconds that an import of torch is waited for on the way out."""


async def _serve(app: GradtuiApp, screen: Terminal) -> int:
    """Run the app until a key, a signal or a broken link ends it."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        loop.add_signal_handler(number, app.exit, 128 + number)
    app.on_exit = screen.deadline

    def hung_up() -> None:
        screen.deadline(HUNG_UP)
        loop.call_soon_threadsafe(app.exit, HUNG_UP)

    with screen.watched(hung_up):
        await app.run_async(mouse=app.mouse)
    if app.return_value is not None:
        return app.return_value
    return HUNG_UP if screen.vanished() else 1


def show(
    app: GradtuiApp,
    loop: Callable[[], asyncio.AbstractEventLoop] | None = None,
    *,
    screen: Terminal | None = None,
) -> int:
    """Run an app on the terminal, in an event loop that `loop` makes; returns the exit status.

    `q` gives 0, Ctrl-C and signals 128 + n, a bug of the screen 1; `UsageError` without a
    terminal. It is given back before the source is joined, for a step may take long.
    """
    terminal.require()
    if not terminal.unicode(os.environ):
        speak(ENGLISH)  # nothing else has letters that it could show
    sys.setswitchinterval(SWITCH)
    screen = screen or Terminal("utf-8" if app.view.unicode else "ascii")
    with screen.lent(), asyncio.Runner(loop_factory=loop) as runner:
        status = runner.run(_serve(app, screen))
    _join(app.source, status, importing=app.importing)
    return status


def _join(source: Source, status: int, *, importing: bool) -> None:
    """Close the source. An import of torch cannot be stopped, and nothing is lost by leaving it.

    A plain exit under a live torch thread would abort the process, so it is left at once. A line
    that drops now breaks nothing off; who asks once more is not kept waiting.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    closer = threading.Thread(target=source.close, name="gradtui-closer", daemon=True)
    closer.start()
    try:
        closer.join(GRACE)
        if closer.is_alive() and importing:
            come_back()
            os._exit(status)
        closer.join()
    except KeyboardInterrupt:  # a second Ctrl-C or SIGTERM, while a long step is joined
        come_back()
        os._exit(INTERRUPTED)
