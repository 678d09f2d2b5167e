"""Keys, one after the other: what a key opens gets the key behind it."""

from __future__ import annotations

from collections import deque
from typing import Any

from textual import events
from textual.app import App

from gradtui.tui.keymap import RESERVED


class Typeahead(App[int], inherit_bindings=False):
    """An app that hands a key on when the one before has done what it does.

    Textual gives a key to the screen that it finds at once, though the key before it may still be
    on its way to open another: of `:lr=0.1` that came in one piece, `l` would open the lesson.
    Keys that are typed before the lab stands wait for it; the ways out always work.
    """

    stands = False
    """A lab stands, and takes keys."""
    _under_way = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._typed: deque[events.Key] = deque()

    async def on_event(self, event: events.Event) -> None:
        own = isinstance(event, events.Key) and not event.is_forwarded  # else it bubbles back up
        if not isinstance(event, events.Key) or not own or event.key in RESERVED:
            await super().on_event(event)
            return
        # enter comes as a line feed where it was typed before the terminal was ours
        line_feed = event.key == "ctrl+j" and not self.stands
        self._typed.append(events.Key("enter", "\r") if line_feed else event)
        if self.stands and not self._under_way:
            await self._next()

    async def on_lab_stands(self) -> None:
        """What was typed before reaches it."""
        self.stands = True
        if not self._under_way:
            await self._next()

    async def _next(self) -> None:
        self._under_way = bool(self._typed)
        if self._typed:
            await self.hand_on(self._typed.popleft())

    async def hand_on(self, event: events.Key) -> None:
        """Give a key to the screen. What it does not take comes back here, and is a binding's."""
        screen = self.screen
        await super().on_event(event)
        # behind the key in the one queue, and behind what came back in the other
        if not screen.call_later(self.call_later, self._next):
            self.call_later(self._next)
