"""Reads keys, and sleeps until there is one.

Textual's own reader wakes up ten times a second to see whether it is to end. Each time it takes a
core from somebody, and ten viewers of a run do.
"""

from __future__ import annotations

import os
import selectors
import threading
from codecs import getincrementaldecoder
from contextlib import suppress

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.constants import ESCAPE_DELAY
from textual.drivers.linux_driver import LinuxDriver

ALONE = ESCAPE_DELAY + 0.005
"""Seconds after which an escape is a key of its own, not the beginning of another one."""
BYTES = 4096


class Ending(threading.Event):
    """Wakes who waits for `descriptor` to be readable, too."""

    def __init__(self) -> None:
        super().__init__()
        self.descriptor, self._other = os.pipe()

    def set(self) -> None:
        super().set()
        with suppress(OSError):
            os.write(self._other, b".")

    def close(self) -> None:
        """Nobody waits any more."""
        for end in (self.descriptor, self._other):
            with suppress(OSError):
                os.close(end)


class Keyboard(LinuxDriver):
    """What is told on a terminal, told to the app."""

    def start_application_mode(self) -> None:
        self.exit_event = Ending()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def close(self) -> None:
        super().close()
        if isinstance(self.exit_event, Ending):
            ended, self.exit_event = self.exit_event, threading.Event()
            ended.close()

    def run_input_thread(self) -> None:
        """The body of the thread that reads; it ends once `exit_event` is set."""
        ending = self.exit_event
        assert isinstance(ending, Ending)
        parser, decode = XTermParser(self._debug), getincrementaldecoder("utf-8")().decode
        with selectors.SelectSelector() as ready:
            ready.register(self.fileno, selectors.EVENT_READ)
            ready.register(ending.descriptor, selectors.EVENT_READ)
            heard = False
            while not ending.is_set():
                found = ready.select(ALONE if heard else None)
                heard = any(key.fd == self.fileno for key, _ in found)
                data = os.read(self.fileno, BYTES) if heard else b""
                if heard and not data:  # a pipe that has ended
                    ready.unregister(self.fileno)
                # of no characters the parser would make its end
                events = parser.feed(text) if (text := decode(data)) else ()
                for event in (*events, *parser.tick()):
                    self.process_message(event)
        with suppress(EOFError, ParseError):
            list(parser.feed(""))
