"""What a stop and its end do to the screen's thread, wherever it was."""

from __future__ import annotations

import signal
import threading
from typing import cast

import pytest
from textual.app import App
from textual.drivers._writer_thread import WriterThread

from gradtui.tui.awake import Awake


class Loop:
    """Keeps what it is to do."""

    def __init__(self) -> None:
        self.deeds: list[object] = []

    def is_running(self) -> bool:
        return True

    def call_soon_threadsafe(self, deed: object) -> None:
        self.deeds.append(deed)


@pytest.mark.parametrize("asleep", [False, True])
def test_the_end_of_a_stop_in_the_middle_of_a_writing_waits_for_no_lock(asleep: bool) -> None:
    """The handler runs on the thread that holds the lock: what it waits for never comes."""
    handles(signal.SIGCONT, asleep=asleep, restarts=False)


def test_a_stop_in_the_middle_of_a_writing_waits_for_no_lock() -> None:
    handles(signal.SIGTSTP, asleep=False, restarts=True)


def handles(number: int, *, asleep: bool, restarts: bool) -> None:
    """The handler returns, and leaves one deed to the loop."""
    driver = Awake.__new__(Awake)
    driver._app = cast("App[int]", object())
    driver._must_signal_resume, driver._auto_restart = asleep, restarts
    driver._loop = loop = Loop()  # type: ignore[assignment]
    driver._key_thread = threading.current_thread()
    driver._writer_thread = writer = WriterThread(open("/dev/null", "w"))  # noqa: SIM115
    handler = {
        signal.SIGCONT: driver._sigcont_application,
        signal.SIGTSTP: driver._sigtstp_application,
    }[number]  # type: ignore[index]
    with writer._file, writer._queue.mutex:
        handled = threading.Thread(target=handler, args=(number, None))
        handled.daemon = True
        handled.start()
        handled.join(10)
        assert not handled.is_alive()
    assert len(loop.deeds) == 1
