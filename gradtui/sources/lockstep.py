"""A run whose steps are made in step with a clock: so many a second, on every machine."""

from __future__ import annotations

import dataclasses
import queue
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from gradtui.core.commands import Command
from gradtui.core.outbox import Outbox
from gradtui.core.records import End, Frame, Record, State
from gradtui.core.spec import Spec
from gradtui.sources.thread import ThreadSource

if TYPE_CHECKING:
    from gradtui.engine.stepped import Turn

OPENING = 0.3
"""Seconds of the clock that the screen has for its first picture, before they wait for torch."""
UNBOUNDED = 10**9
ROUNDING = 1e-6
"""Of a step: what is due when the seconds add up to a hair less than they should."""


class HeldClock(Protocol):
    """Seconds that somebody who is at work can hold."""

    def now(self) -> float:
        """Seconds so far."""

    def hold(self) -> None:
        """No time passes until `release`."""

    def release(self) -> None:
        """End one hold; from any thread."""


class LockstepSource(ThreadSource):
    """Trains in a thread that the clock waits for.

    Every poll gives the run the steps that the time since the last one is worth, and holds the
    clock until they are made; the next poll brings them. What is seen at which second is the
    same wherever it runs, for it depends on nothing else.
    """

    def __init__(self, spec: Spec, clock: HeldClock, rate: float) -> None:
        """`rate`: steps a second of the clock."""
        super().__init__(spec)
        # What is told must depend neither on a clock nor on a full outbox.
        self.outbox = Outbox(UNBOUNDED, lossless=True)
        self._clock, self._rate = clock, rate
        self._since: float | None = None
        self._polled = 0.0
        self._owed = 0.0
        self._asked: list[Command] = []
        self._turns: queue.SimpleQueue[Turn | None] = queue.SimpleQueue()
        self._busy, self._held = True, False
        self._awaited = self._over = False
        self._hand = threading.Lock()

    def start(self) -> None:
        """Import torch and build the net, in the background."""
        self._thread.start()

    def _run(self) -> None:
        try:
            try:
                from gradtui.engine.stepped import Stepped
            except Exception as error:
                self._import_error = error
                cause = f"torch cannot be imported: {type(error).__name__}: {error}"
                self.outbox.put(State(word="failed", cause=cause))
                self.outbox.put(End(steps=0, accuracy=float("nan"), state="failed", cause=cause))
                return
            with self._lock:
                self.trainer = Stepped(self.spec, self.outbox, self._given())
                if self._stop.is_set():
                    self.trainer.stopping.set()
            self.trainer.run()
        finally:
            self._over = True
            self._rest()

    def _given(self) -> Iterator[Turn]:
        """The turns as they come; while none is there, time goes on."""
        while not self._stop.is_set():
            self._rest()
            turn = self._turns.get()
            if turn is None:
                return
            yield turn

    def _rest(self) -> None:
        with self._hand:
            self._busy = False
            if self._held:
                self._held = False
                self._clock.release()

    def poll(self) -> list[Record]:
        """What the last turn made; gives the next one."""
        now = self._clock.now()
        if self._since is None:
            self._since = self._polled = now
            return [State(word="starting", cause="importing torch")]
        if now - self._since < OPENING:
            return []
        with self._hand:
            if not self._awaited:  # whether torch is there already or not, it takes one poll
                self._awaited, self._polled = True, now
                if self._busy:
                    self._held = True
                    self._clock.hold()
                return []
            told = [self._timed(record) for record in self.outbox.drain()]
            self._give(now)
        return told

    def _give(self, now: float) -> None:
        self._owed += (now - self._polled) * self._rate
        self._polled = now
        steps = int(self._owed + ROUNDING)
        self._owed -= steps
        if (steps or self._asked) and not self._over:
            self._busy = self._held = True
            self._clock.hold()
            self._turns.put((self._asked, steps))
            self._asked = []

    def _timed(self, record: Record) -> Record:
        """What steps took in seconds of the clock; what measuring took of them nobody knows."""
        if not isinstance(record, Frame):
            return record
        seconds = len(record.steps) / self._rate
        return dataclasses.replace(record, seconds=seconds, probe_seconds=float("nan"))

    def send(self, command: Command) -> None:
        """Ask for something; the next turn begins with it."""
        self._asked.append(command)

    def close(self) -> None:
        """Stop by a flag and join; the thread ends after its present step."""
        self._stop.set()
        with self._lock:
            if self.trainer is not None:
                self.trainer.stopping.set()
        self.outbox.closed.set()
        self._turns.put(None)
        if self._thread.ident is not None:
            self._thread.join()
