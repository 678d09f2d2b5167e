"""A terminal that keeps the first picture, and comes back after the process was stopped."""

from __future__ import annotations

import contextlib
import termios
import tty
from collections.abc import Callable
from typing import Any

from gradtui.tui.keyboard import Keyboard
from gradtui.tui.terminal import ALTERNATE, BLANK


class Awake(Keyboard):
    """Goes on where SIGSTOP stopped it: a debugger, a frozen container, a shell's `kill -STOP`.

    Textual takes every SIGCONT for the end of a suspension that it began itself, and starts anew:
    a second thread would read keys, each of the two half of them, and the modes that the terminal
    is given back with would be those of the lab.
    """

    _entered = False

    def write(self, data: str) -> None:
        """Some terminals clear the alternate screen at each entry: the first picture would go."""
        if data == ALTERNATE and not self._entered:
            self._entered = True
            if getattr(self._app, "pictured", False):
                return
        super().write(data)

    def start_application_mode(self) -> None:
        """What Textual finds are the modes of a terminal that shows a first picture."""
        super().start_application_mode()
        self.attrs_before = getattr(self._app, "modes", None) or self.attrs_before

    def stop_application_mode(self) -> None:
        """Leave no picture behind on a terminal that has one screen only."""
        self.write(BLANK)
        super().stop_application_mode()

    def _sigtstp_application(self, *args: Any) -> None:
        """Textual gives the terminal back first, which waits for all that is to be written."""
        if self._auto_restart and self._loop.is_running():
            self._soon(super()._sigtstp_application)
        else:
            super()._sigtstp_application(*args)

    def _sigcont_application(self, *args: Any) -> None:
        thread = self._key_thread
        if self._must_signal_resume or thread is None or not thread.is_alive():
            super()._sigcont_application(*args)
            self._soon(self._repaint)
        else:
            self._soon(self._come_back)

    def _soon(self, deed: Callable[[], None]) -> None:
        """On the screen's own loop. A signal comes in the middle of anything: of a writing too,
        whose lock the screen's thread then holds, and would wait for without end.
        """
        with contextlib.suppress(RuntimeError):  # the way out is behind us
            self._loop.call_soon_threadsafe(deed)

    def _come_back(self) -> None:
        self._seize_modes()
        self.write(f"{ALTERNATE}\x1b[?25l\x1b[?1004h")
        self._enable_mouse_support()
        self._enable_bracketed_paste()
        self._disable_line_wrap()
        self.flush()
        self._repaint()

    def _repaint(self) -> None:
        """The alternate screen is empty, or the shell has written over the picture."""
        self._app.call_later(self._app.refresh, repaint=True, layout=True)

    def _seize_modes(self) -> None:
        """Raw input again: a shell sets its own modes while it has the terminal."""
        try:
            modes = termios.tcgetattr(self.fileno)
            modes[tty.LFLAG] = self._patch_lflag(modes[tty.LFLAG])
            modes[tty.IFLAG] = self._patch_iflag(modes[tty.IFLAG])
            termios.tcsetattr(self.fileno, termios.TCSANOW, modes)
        except termios.error:
            return  # no terminal, no modes
