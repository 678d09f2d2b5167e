"""The thread that reads keys: it hears all of them, sleeps between them, and ends when told to."""

from __future__ import annotations

import os
import pty
import selectors
import threading
import time
import tty
from collections.abc import Iterator
from queue import Queue

import pytest
from textual import events
from textual.message import Message

from gradtui.tui.keyboard import Ending, Keyboard

PATIENCE = 60.0


class Board(Keyboard):
    """Reads what a test types; without an app."""

    def __init__(self, typed: int) -> None:
        self.fileno, self._debug = typed, False
        self.exit_event, self.heard = Ending(), Queue[Message]()

    def process_message(self, message: Message) -> None:
        self.heard.put(message)

    def key(self) -> str:
        found = self.heard.get(timeout=PATIENCE)
        assert isinstance(found, events.Key)
        return found.key


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Board, int, list[float | None]]]:
    """A board, what is written to, and how long it was ready to sleep, each time."""
    slept: list[float | None] = []
    select = selectors.SelectSelector.select

    def told(self: selectors.SelectSelector, timeout: float | None = None) -> object:
        slept.append(timeout)
        return select(self, timeout)

    monkeypatch.setattr(selectors.SelectSelector, "select", told)
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    board = Board(theirs)
    thread = threading.Thread(target=board.run_input_thread, daemon=True)
    thread.start()
    try:
        yield board, ours, slept
    finally:
        board.exit_event.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()
        assert isinstance(board.exit_event, Ending)
        board.exit_event.close()
        os.close(ours)
        os.close(theirs)


def test_keys_are_heard_and_nothing_wakes_it_between(
    typing: tuple[Board, int, list[float | None]],
) -> None:
    board, ours, slept = typing
    for typed, key in ((b"a", "a"), (b"\x1b[A", "up"), ("é".encode(), "é"), (b"\x1b", "escape")):
        os.write(ours, typed)
        assert board.key() == key
        sleeps(slept)
    assert len(slept) <= 1 + 4 * 2  # to read, and to see that nothing comes behind an escape


def sleeps(slept: list[float | None]) -> None:
    """Wait until nothing but a key wakes it any more."""
    end = time.monotonic() + PATIENCE
    while slept[-1] is not None:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_character_may_come_in_two_parts(
    typing: tuple[Board, int, list[float | None]],
) -> None:
    board, ours, slept = typing
    first, last = (bytes([byte]) for byte in "é".encode())
    os.write(ours, first)
    sleeps(slept)
    os.write(ours, last)
    assert board.key() == "é"
