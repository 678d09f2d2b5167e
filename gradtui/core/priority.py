"""Who goes first where two processes want the same core."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NICE = 10
"""Another process gets nine tenths of a core that both want."""
AUTOGROUP = Path("/proc/self/autogroup")
"""Linux weighs sessions, one a terminal, before it weighs the processes in them (sched(7)): there
`nice` alone changes nothing between two terminals."""
TRIES, PAUSE = 20, 0.05
"""The kernel takes ten such changes a second, from all processes together."""

_before: dict[Path, int] = {}
"""Nice values of sessions that stand back."""


@contextmanager
def standing_back(autogroup: Path = AUTOGROUP) -> Iterator[None]:
    """The process and its session go second; the session only until this ends.

    Whoever kills the process with SIGKILL leaves the terminal's session behind in second place.
    """
    with suppress(AttributeError, OSError):  # Windows has no nice
        os.nice(NICE)
    before = _weight(autogroup)
    if before is not None and before < NICE:
        _before[autogroup] = before
        _weigh(autogroup, NICE)
    try:
        yield
    finally:
        come_back()


def come_back() -> None:
    """The session stands where it stood: for who ends the process without unwinding it."""
    while _before:
        _weigh(*_before.popitem())


def _weight(autogroup: Path) -> int | None:
    """The nice value of the session; None where sessions have none."""
    with suppress(OSError):
        found = re.search(r"nice (-?\d+)", autogroup.read_text(encoding="ascii"))
        return int(found[1]) if found else None
    return None


def _weigh(autogroup: Path, nice: int) -> None:
    for _ in range(TRIES):
        try:
            autogroup.write_text(str(nice), encoding="ascii")
        except BlockingIOError:
            time.sleep(PAUSE)
        except OSError:  # a negative value was somebody's with more rights
            return
        else:
            return
