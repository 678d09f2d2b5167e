"""A source that reads in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from queue import Empty, SimpleQueue

from gradtui.core.commands import Command
from gradtui.core.records import Record


class ReadingSource:
    """What it tells waits until it is polled, what it is asked until its thread has time.

    Closing it changes nothing for the run that it reads.
    """

    def __init__(self, name: str) -> None:
        """`name` of the thread."""
        self._told: SimpleQueue[Record] = SimpleQueue()
        self._asked: SimpleQueue[Command] = SimpleQueue()
        self._closing, self._wake = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"gradtui-{name}", daemon=True)

    def _run(self) -> None:
        """The body of the thread: reads, and tells, until `_closing` is set."""
        raise NotImplementedError

    def start(self) -> None:
        """Read the past, then follow; returns at once."""
        self._thread.start()

    def poll(self) -> list[Record]:
        """All records since the last call."""
        records: list[Record] = []
        try:
            while True:
                records.append(self._told.get_nowait())
        except Empty:
            return records

    def send(self, command: Command) -> None:
        """Ask for something; the thread wakes up for it."""
        self._asked.put(command)
        self._wake.set()

    def keep(self, records: Iterable[Record]) -> None:
        """What is only read is not written to."""

    def close(self) -> None:
        """Read no more."""
        self._closing.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._let_go()

    def _let_go(self) -> None:
        """Close what is open; the thread has ended."""
