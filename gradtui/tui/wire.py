"""The terminal at the far end of a line: a question goes behind every writing."""

from __future__ import annotations

import time

from textual import events
from textual.message import Message

from gradtui.tui.link import QUESTION, Link
from gradtui.tui.mouse import Clicks
from gradtui.tui.thrift import thrifty

PICTURE = 24
"""Characters from which a writing is a picture, not a mode that is set around one."""
PARTING = 0.4
"""Seconds that answers on their way are waited for at the end: the shell would get them as keys."""


class Wire(Clicks):
    """Tells the app's `link` what is written and what is answered."""

    @property
    def _link(self) -> Link:
        link: Link | None = getattr(self._app, "link", None)
        assert link is not None
        return link

    def start_application_mode(self) -> None:
        super().start_application_mode()
        super().write(QUESTION)  # little before it: the round trip alone
        self._link.wrote(len(QUESTION))

    def write(self, data: str) -> None:
        if len(data) < PICTURE:
            super().write(data)
            return
        if self._link.slow or not self._link.known:  # some milliseconds for half of the bytes
            data = thrifty(data)
        super().write(data + QUESTION)
        self._link.wrote(len(data.encode()) + len(QUESTION))

    def process_message(self, message: Message) -> None:
        """In the thread that reads keys."""
        if isinstance(message, events.CursorPosition):
            self._link.heard()
        else:
            super().process_message(message)

    def disable_input(self) -> None:
        end = time.monotonic() + PARTING
        while not self._link.free and time.monotonic() < end:
            time.sleep(0.01)
        super().disable_input()
