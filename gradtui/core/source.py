"""Where records come from: a training thread here, another process, a recording."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, runtime_checkable

from gradtui.core.commands import Command
from gradtui.core.records import Info, Record


class Source(Protocol):
    """One run, seen from a screen. No method blocks, except `close`."""

    @property
    def info(self) -> Info:
        """What the run is, as far as it is known before it starts."""

    def start(self) -> None:
        """Begin. Called once the first screen is painted, for torch takes seconds to import."""

    def poll(self) -> list[Record]:
        """All records since the last call, in the order they were made."""

    def send(self, command: Command) -> None:
        """Ask for something; the answer comes by `poll`."""

    def keep(self, records: Iterable[Record]) -> None:
        """What the reader's doctor found goes to the run file, if this process writes one."""

    def close(self) -> None:
        """Stop by a flag, and join: a live torch thread at interpreter exit aborts the process."""


@runtime_checkable
class Punctual(Protocol):
    """A source that says when there is something to poll, and works only where that is of use."""

    def expect(self, seconds: float, told: Callable[[], object]) -> None:
        """News are of use in so many seconds; then `told` is called as soon as there are any, by
        any thread."""
