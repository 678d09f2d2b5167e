"""Memory that the C library holds back for later use, returned to the system.

glibc keeps what was freed. A net of convolutions that was measured once on many rows, or that had
another activation for a minute, holds 150 MB so for the rest of its run.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

from gradtui.core import clock

PAUSE = 5.0
"""Least seconds between two times. One costs 1 to 5 ms, and the next step some page faults: as
long as half of a step."""


@cache
def _trim() -> Callable[[int], int]:
    """glibc's; elsewhere nothing is done."""
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return lambda keep: 0
    return found


def give_back() -> bool:
    """Return what is free; true if that was anything."""
    return bool(_trim()(0))


class Thrift:
    """Gives back where it is called, but not often."""

    def __init__(
        self,
        now: Callable[[], float] = clock.now,
        give_back: Callable[[], object] = give_back,
    ) -> None:
        self._now, self._give_back = now, give_back
        self._gave = -1e9

    def look(self) -> None:
        """A moment at which less may be needed than before."""
        if self._now() - self._gave >= PAUSE:
            self._give_back()
            self._gave = self._now()
