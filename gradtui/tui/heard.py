"""The lab, with somebody who is told of every key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual import events

from gradtui.core.state import RunState
from gradtui.tui.actions import SPELT
from gradtui.tui.app import GradtuiApp

Told = Callable[[str, RunState], None]


class Heard(GradtuiApp):
    """Tells each key, as a script would have it, and the state of the run it was pressed in."""

    def __init__(self, *args: Any, told: Told, **options: Any) -> None:
        super().__init__(*args, **options)
        self._told = told

    async def hand_on(self, event: events.Key) -> None:
        self._told(name(event), self.view.state)
        await super().hand_on(event)


def name(event: events.Key) -> str:
    """`a`, `]`, `space`, `shift+left`: the word for a key in a script."""
    character = event.character or ""
    if event.is_printable and character != " ":
        return character
    return SPELT.get(event.key, event.key)
