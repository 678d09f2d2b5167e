"""Whether others want the core that a thread works on."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

SCHEDSTAT = Path("/proc/thread-self/schedstat")
"""Linux: nanoseconds on a core, nanoseconds ready without one, and turns (kernel documentation,
scheduler/sched-stats). Reading it takes twenty microseconds."""
BORNE = 0.4
"""Seconds that are waited for one of work; a viewer alone beside a run waits a fifth."""
MEMORY = 0.8
"""What a look leaves of the looks before it."""


def waited() -> float:
    """Seconds that the calling thread stood ready while others worked; 0 where no system tells."""
    with suppress(OSError, ValueError, IndexError):
        return int(SCHEDSTAT.read_text(encoding="ascii").split()[1]) / 1e9
    return 0.0


class Crowd:
    """What the calling thread has worked and waited of late; of one thread alone."""

    def __init__(
        self,
        spent: Callable[[], float] = time.thread_time,
        waited: Callable[[], float] = waited,
    ) -> None:
        self._clocks = spent, waited
        self._told = spent(), waited()
        self._worked = self._waited = 0.0

    def presses(self) -> bool:
        """Whether it had to wait so much, since the last looks, that it should work less."""
        spent, waited = (clock() for clock in self._clocks)
        self._worked = MEMORY * self._worked + spent - self._told[0]
        self._waited = MEMORY * self._waited + waited - self._told[1]
        self._told = spent, waited
        return self._waited > BORNE * self._worked
