"""The loop around a source: poll, reduce, examine, hand on; stop when a signal asks for it."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

from gradtui.core.commands import Stop
from gradtui.core.records import Record
from gradtui.core.source import Source
from gradtui.core.state import RunState
from gradtui.doctor.doctor import Doctor

PAUSE = 0.02
"""Seconds between two polls: short to a person, long beside what a poll takes from training."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Sink(Protocol):
    """Where a run is written to."""

    def take(self, record: Record) -> None:
        """A record that the run state has just reduced."""

    def rest(self) -> None:
        """Nothing more has arrived for now."""

    def close(self) -> None:
        """The run is over, or broke off."""


def follow(source: Source, state: RunState, sink: Sink, caught: Sequence[int]) -> None:
    """Take `source` from its start to its end; a signal in `caught` stops it at its next step."""
    doctor = Doctor(state)
    asked, told = False, 0

    def take(record: Record) -> None:
        state.reduce([record])
        sink.take(record)

    try:
        source.start()
        while state.end is None:
            if caught and not asked:
                source.send(Stop())
                asked = True
            for record in source.poll():
                take(record)
                found = [*doctor.examine(), *doctor.notices[told:]]
                source.keep(found)
                for news in found:
                    take(news)
                told = len(doctor.notices)
            sink.rest()
            time.sleep(PAUSE)
    finally:
        source.close()
        sink.close()


@contextmanager
def caught_signals() -> Iterator[list[int]]:
    """A list that gains each SIGINT, SIGTERM and SIGHUP; what nohup and & ignore stays ignored."""
    caught: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        caught.append(number)

    before = {number: signal.getsignal(number) for number in SIGNALS}
    ours = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    for number in ours:
        signal.signal(number, note)
    try:
        yield caught
    finally:
        for number in ours:
            signal.signal(number, before[number])
