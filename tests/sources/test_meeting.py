"""A viewer reads when its screen can show it, and tells the screen: neither wakes up in vain."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradtui.core.commands import Command, Pause
from gradtui.core.records import Frame
from gradtui.core.source import Punctual
from gradtui.runs.lock import RunLock
from gradtui.runs.tables import Tables
from gradtui.sources.attach import AttachSource
from gradtui.sources.meeting import LATE, SPARE, Meeting
from tests.engine.nets import of
from tests.runs.runfiles import LAYERS, about, made_up, rows

PATIENCE = 60.0
NEVER = 3600.0


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[tuple[AttachSource, Tables, threading.Event]]:
    """A run that is trained, who looks at it, and what the latter says when there is news."""
    path = tmp_path / "a.gradtui"
    lock, told = RunLock(path), threading.Event()
    lock.acquire()
    tables = Tables(path, about(LAYERS), {})
    tables.write(list(made_up(74)))
    source = AttachSource(path)
    source.expect(0.0, told.set)
    source.start()
    try:
        assert told.wait(PATIENCE)
        yield source, tables, told
    finally:
        source.close()
        tables.close()
        lock.release()


def news(source: AttachSource, told: threading.Event) -> int:
    """Steps that come next, some time after it was told that there is something."""
    end, found = time.monotonic() + PATIENCE, list[Frame]()
    while not found:
        assert told.wait(end - time.monotonic())
        told.clear()
        found = of(Frame, source.poll())
    return len(rows(found, "loss"))


def test_news_are_told_where_they_are_of_use_and_not_read_before(
    growing: tuple[AttachSource, Tables, threading.Event],
) -> None:
    source, tables, told = growing
    assert isinstance(source, Punctual)
    assert news(source, told) == 74
    source.expect(0.0, told.set)
    tables.write(list(made_up(37)))
    assert news(source, told) == 37

    source.expect(NEVER, told.set)
    end = time.monotonic() + PATIENCE
    while source._meeting._up < time.monotonic() + NEVER / 2:  # it may have been on its way
        assert time.monotonic() < end
        time.sleep(0.01)
    source.poll()
    told.clear()
    heard: list[str] = []
    source._file.file.set_trace_callback(heard.append)
    tables.write(list(made_up(37)))
    assert not told.wait(0.3)
    assert (heard, source.poll()) == ([], [])
    source.expect(0.0, told.set)  # somebody looks sooner than he said
    assert news(source, told) == 37


def test_who_asks_for_something_waits_for_nobody(
    growing: tuple[AttachSource, Tables, threading.Event],
) -> None:
    source, tables, told = growing
    source.expect(NEVER, told.set)
    source.poll()
    tables.write(list(made_up(37)))
    source.send(Pause())
    end, found, commands = time.monotonic() + PATIENCE, 0, list[Command]()
    while not (found and commands):
        found += len(of(Frame, source.poll()))
        commands += tables.write([])
        assert time.monotonic() < end
    assert commands == [Pause()]


def test_it_sleeps_until_the_news_are_of_use() -> None:
    meeting = Meeting()
    assert not meeting.kept(10.0)
    assert meeting.rest(10.0, 0.2, told=True) == pytest.approx(0.2)  # nobody comes
    assert not meeting.set(10.0, 0.7)
    assert meeting.kept(10.0)
    assert meeting.rest(10.1) == pytest.approx(0.6)
    assert meeting.set(10.1, 0.6 - 2 * LATE)  # it is to come sooner: wake up
    assert meeting.rest(10.7) == 0
    assert not meeting.set(10.7, 0.0)
    meeting.set(10.0, 0.7)
    assert meeting.rest(10.7, 0.05, told=True) == pytest.approx(0.7 + SPARE)  # as the last time
    assert not meeting.set(10.71, 0.7)
    assert not meeting.kept(13.0)
