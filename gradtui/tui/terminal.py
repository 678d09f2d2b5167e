"""The terminal: what it can show, and giving it back whatever happens."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import tempfile
import termios
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any

from gradtui.core.errors import UsageError
from gradtui.core.priority import come_back
from gradtui.tui.view import Colors

BLANK = "\x1b[0m\x1b[H\x1b[2J"
"""Before the alternate screen is left: GNU screen has none by default, and would keep the picture,
with the prompt in the middle of it."""
RESET = (
    "\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"
    f"{BLANK}\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l\x1b[?2026l\x1b[0m"
)
"""Undoes all that Textual's driver asks for: paste, wrap, size, mouse, keys, screen, focus."""
ALTERNATE = "\x1b[?1049h"
"""Enters the screen that leaves the shell's lines alone."""
PATIENCE = 0.8
"""Seconds that an orderly way out may take before the terminal is given back by force."""


def require() -> None:
    """`UsageError` unless a person sits at both ends."""
    for name, stream in (("stdin", sys.__stdin__), ("stdout", sys.__stdout__)):
        if stream is None or stream.closed or not stream.isatty():
            raise UsageError(
                f"{name} is no terminal: the lab needs one; `gradtui train` runs without a screen."
            )


def colors(environ: Mapping[str, str]) -> Colors:
    """How much colour to use."""
    term = environ.get("TERM", "").lower()
    if "NO_COLOR" in environ or term in ("", "dumb", "unknown"):
        return "none"
    told = environ.get("COLORTERM", "").strip().lower()
    if told in ("truecolor", "24bit") and not in_screen(environ):
        return "truecolor"
    if term.endswith("kitty"):
        return "truecolor"
    return "256" if term.endswith("256color") else "16"


def in_screen(environ: Mapping[str, str]) -> bool:
    """Whether GNU screen stands between: what COLORTERM says is of the terminal outside.

    It takes the numbers of a colour of 24 bits for styles of their own: blink, reverse, green.
    """
    return bool(environ.get("STY")) and not environ.get("TMUX")


def unicode(environ: Mapping[str, str]) -> bool:
    """Whether block and braille glyphs can be shown; true where the environment says nothing.

    Python turns the C locale into C.UTF-8 on its own (PEP 538), so `sys.stdout.encoding` says
    nothing about the terminal; the variables that the person set do.
    """
    if environ.get("TERM") == "linux":  # the console's font has 512 glyphs
        return False
    if encoding := environ.get("PYTHONIOENCODING", "").partition(":")[0]:
        return "utf" in encoding.lower()
    lang = environ.get("LANG", "")
    ctype = environ.get("LC_CTYPE", "")
    if ctype == "C.UTF-8" and lang in ("C", "POSIX"):
        ctype = ""
    locale = environ.get("LC_ALL") or ctype or lang
    return not locale or "utf" in locale.lower()


class Terminal:
    """Lends the terminal to the screen, and takes it back whatever happens."""

    def __init__(self, encoding: str) -> None:
        self._clock: threading.Timer | None = None
        self.modes: list[Any] | None = None
        """Those that it was found with, and is given back with."""
        with contextlib.suppress(termios.error):
            self.modes = termios.tcgetattr(0)
        self._screen = open(os.dup(1), "w", encoding=encoding, errors="replace")  # noqa: SIM115

    @contextlib.contextmanager
    def behind(self, picture: str) -> Iterator[None]:
        """Show a picture at once, and get the screen ready behind it.

        What is typed meanwhile is not echoed, and waits. Who breaks it off, or fails, gets the
        terminal back. Ctrl-Z does nothing, as on the screen: a shell would be left with the
        picture, on the alternate screen without a cursor.
        """
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
        handlers = {number: signal.signal(number, _leave) for number in numbers}
        handlers[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        try:
            self._listen()
            self._screen.write(f"{ALTERNATE}\x1b[?25l{picture}")
            self._screen.flush()
            yield
        except BaseException:
            with contextlib.suppress(OSError, ValueError):
                os.write(1, RESET.encode())
            raise
        finally:
            self._restore()
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def _listen(self) -> None:
        """Keys wait without being echoed, each as itself; signals stay signals."""
        with contextlib.suppress(termios.error):
            modes = termios.tcgetattr(0)
            # else enter would become ctrl+j, and ctrl+s stop the picture
            modes[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON)
            modes[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
            termios.tcsetattr(0, termios.TCSANOW, modes)

    def _restore(self) -> None:
        """The modes of the terminal, as they were found."""
        with contextlib.suppress(termios.error):
            if self.modes is not None:
                termios.tcsetattr(0, termios.TCSANOW, self.modes)

    @contextlib.contextmanager
    def lent(self) -> Iterator[None]:
        """Textual draws on a stream of its own; the descriptors 1 and 2 lead to a spool.

        What C libraries write there would land in the middle of the picture. It is said when the
        terminal is back. A stderr that the person sent elsewhere stays there.
        """
        streams = {"__stdout__": sys.__stdout__, "__stderr__": sys.__stderr__}
        kept = {number: os.dup(number) for number in (1, 2) if os.isatty(number)}
        with _spool() as spool:
            try:
                vars(sys).update(__stdout__=self._screen, __stderr__=self._screen)
                for number in kept:
                    os.dup2(spool.fileno(), number)
                yield
            finally:
                if self._clock is not None:
                    self._clock.cancel()
                vars(sys).update(streams)
                self._restore()
                gone = os.open(os.devnull, os.O_WRONLY) if self.vanished() else None
                for number, original in kept.items():
                    # what is flushed at exit would fail on a terminal that is no more
                    os.dup2(original if gone is None else gone, number)
                    os.close(original)
                if gone is not None:
                    os.close(gone)
                with contextlib.suppress(OSError):
                    self._screen.close()
                _tell(spool)

    def vanished(self, seconds: float = 0.0) -> bool:
        """Wait so long for the other end to hang up: a broken link, a closed window."""
        return bool(self._told(seconds=seconds))

    @contextlib.contextmanager
    def watched(self, hung_up: Callable[[], None]) -> Iterator[None]:
        """Call `hung_up` from a thread if the other end vanishes.

        A thread, because the event loop may hang in a write that nobody takes. It sleeps: each
        time that it woke up, it would take a core from somebody.
        """
        ended, end = os.pipe()

        def watch() -> None:
            if ended not in self._told(ended):
                hung_up()

        thread = threading.Thread(target=watch, name="terminal-watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            os.write(end, b".")
            thread.join()
            os.close(end)
            os.close(ended)

    def _told(self, *others: int, seconds: float | None = None) -> list[int]:
        """Wait for the other end to hang up, or one of the `others` to be readable.

        Returns those that it happened to; none in time: nothing.
        """
        poll = select.poll()
        try:
            poll.register(self._screen.fileno(), 0)  # asked for nothing, it tells of HUP and ERR
            for number in others:
                poll.register(number, select.POLLIN)
            found = poll.poll(None if seconds is None else seconds * 1000)
        except (OSError, ValueError):
            return [-1]
        return [number for number, _ in found]

    def deadline(self, status: int) -> None:
        """The way out begins: it may take so long, then the terminal is given back by force."""
        self._clock = threading.Timer(PATIENCE, self._seize, (status,))
        self._clock.daemon = True
        self._clock.start()

    def _seize(self, status: int) -> None:
        """Give the terminal back without asking anyone, and end the process.

        Nobody reads the other end (a stalled link), or a widget hangs: nothing could be joined.
        """
        with contextlib.suppress(OSError, ValueError):
            number = self._screen.fileno()
            if select.select([], [number], [], 0)[1]:
                os.write(number, RESET.encode())
        self._restore()
        come_back()
        os._exit(status)


def _leave(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


def _spool() -> IO[bytes]:
    try:
        return tempfile.TemporaryFile()
    except OSError:  # no writable folder: what is written is lost
        return open(os.devnull, "w+b")


def _tell(spool: IO[bytes]) -> None:
    """Say on stderr what was written meanwhile, its end if it is long."""
    with contextlib.suppress(OSError):
        end = spool.seek(0, os.SEEK_END)
        spool.seek(max(0, end - 65536))
        if text := spool.read():
            os.write(2, text)
