"""The clock that this process goes by: the machine's, or the one of a demo.

A demo comes out the same wherever it is played, so what shows on the screen may depend on no
other clock than this one. `replaced` is the one place where it is exchanged.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_now: Callable[[], float] = time.monotonic
_spent: Callable[[], float] = time.thread_time


def now() -> float:
    """Seconds since some moment; never goes back."""
    return _now()


def spent() -> float:
    """Seconds that the calling thread has worked; 0 on the clock of a demo, where work is free."""
    return _spent()


@contextmanager
def replaced(other: Callable[[], float]) -> Iterator[None]:
    """Go by another clock for a while. It holds for the whole process."""
    global _now, _spent
    before = _now, _spent
    _now, _spent = other, lambda: 0.0
    try:
        yield
    finally:
        _now, _spent = before
