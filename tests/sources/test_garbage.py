"""A run that was left is not kept by the garbage collection of the next one."""

from __future__ import annotations

import gc
import threading
import weakref
from collections import deque
from collections.abc import Iterator

import pytest

from gradtui.sources.garbage import Sweeper


class Node:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    frozen, often = gc.get_freeze_count(), gc.get_threshold()
    gc.unfreeze()
    yield
    gc.set_threshold(*often)
    gc.unfreeze()
    if frozen:
        gc.freeze()


def swept() -> None:
    for thread in threading.enumerate():
        if thread.name == "gradtui-sweeper":
            thread.join()


def test_the_first_run_freezes_what_is_there() -> None:
    sweeper = Sweeper()
    sweeper.begin()
    assert gc.get_freeze_count() > 0
    sweeper.close()


def test_a_run_that_is_let_go_of_after_the_next_one_began_is_forgotten() -> None:
    first, left = Sweeper(), Node()
    first.begin()
    gone = weakref.ref(left)
    second = Sweeper(later=(0.0,))
    first.close()
    del left  # frozen: an ordinary collection does not find it
    gc.collect()
    assert gone() is not None
    second.begin()
    swept()
    assert gone() is None
    assert gc.get_freeze_count() > 0
    second.close()


def test_a_run_that_ends_at_once_sweeps_nothing() -> None:
    Sweeper().begin()
    left = Node()
    gone = weakref.ref(left)
    second = Sweeper(later=(1e6,))
    second.begin()
    second.close()
    del left
    gc.collect()
    assert gone() is None


def test_few_of_the_windows_that_were_closed_lie_about() -> None:
    torch: list[list[int]] = [[] for _ in range(400_000)]  # as much stays
    Sweeper().begin()
    left = most = 0

    def gone() -> None:
        nonlocal left
        left -= 1

    opened: deque[list[Node]] = deque(maxlen=10)  # each grows old enough for young collections
    for _ in range(100):
        window = [Node() for _ in range(1000)]
        for part in window:
            weakref.finalize(part, gone)
        left += len(window)
        opened.append(window)
        most = max(most, left)
    assert len(torch) == 400_000
    assert most < 22_000
