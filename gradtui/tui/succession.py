"""A run that begins when the one before it has ended."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from queue import SimpleQueue

from gradtui.core.commands import Command
from gradtui.core.records import Info, Record, State
from gradtui.core.source import Source


class Successor:
    """A source behind another one: that one is stopped and joined first, in a thread.

    Two runs at once would share the processor, and the memory of a GPU. Until the last step
    of the one before is done, this one is `starting`.
    """

    def __init__(self, source: Source, before: Source) -> None:
        self._source = source
        self._before: Source | None = before
        """Until it has ended: it would keep its whole net, and the one before it, and so on."""
        self._told: SimpleQueue[Record] = SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._change = threading.Thread(target=self._succeed, name="gradtui-change", daemon=True)

    @property
    def info(self) -> Info:
        return self._source.info

    def start(self) -> None:
        """End the run before, then begin; returns at once."""
        before = self._before
        cause = f"{before.info.experiment} ends its last step" if before else ""
        self._told.put(State(word="starting", cause=cause))
        self._change.start()

    def _succeed(self) -> None:
        self._end_before()
        with self._lock:
            if self._closed:
                return
            try:
                self._source.start()
            except Exception as error:
                cause = f"the run did not start: {type(error).__name__}: {error}"
                self._told.put(State(word="failed", cause=cause))

    def poll(self) -> list[Record]:
        told = [self._told.get() for _ in range(self._told.qsize())]
        return told + self._source.poll()

    def send(self, command: Command) -> None:
        self._source.send(command)

    def keep(self, records: Iterable[Record]) -> None:
        self._source.keep(records)

    def close(self) -> None:
        """Stop both, and join: no thread of either outlives this."""
        with self._lock:
            self._closed = True
        if self._change.ident is None:
            self._end_before()
        else:
            self._change.join()
        self._source.close()

    def _end_before(self) -> None:
        if self._before is not None:
            self._before.close()
        self._before = None
