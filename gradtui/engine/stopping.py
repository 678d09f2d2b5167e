"""How work that takes long hears that the run is to end, and what is done all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue

from gradtui.core.commands import Command, Redo, Set, Undo


class Stopped(Exception):  # noqa: N818  (no error: somebody asked for it)
    """It was broken off; the run is as it was before, or as it is between two steps."""


def wishes(commands: SimpleQueue[Command]) -> Iterator[Command]:
    """The changes that were asked for before the run was to end: who goes on with it wants them."""
    with suppress(Empty):
        while True:
            command = commands.get_nowait()
            if isinstance(command, Set | Undo | Redo):
                yield command
