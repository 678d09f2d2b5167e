"""What garbage collection costs a run, and what it must not keep.

torch's half a million objects stay: a full collection that walks them stops training and screen
alike for a tenth of a second, every few seconds. So they are frozen; but a run before the present
one must not be frozen with them, and its screen lets go of it only a moment after the new run has
begun.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Sequence

from gradtui.core.memory import give_back

OFTEN = (700, 10, 2)
"""After so many objects a young, a middle and a full collection (`gc.set_threshold`). A window that
was closed is a few thousand objects in circles: of what is not frozen a full one costs 1 ms, and
Python, which has a hundred thousand in mind, would let many windows lie there.
"""
LATER = (3.0, 20.0)
"""Seconds after which a run that was left is garbage on a machine that has time, and on any."""


class Sweeper:
    """Freezes at once for a process's first run, a while after the start of others."""

    def __init__(self, later: Sequence[float] = LATER) -> None:
        self._later = later
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._wait, name="gradtui-sweeper", daemon=True)

    def begin(self) -> None:
        """torch is imported by now."""
        if gc.get_freeze_count():
            self._thread.start()
        else:
            sweep()

    def close(self) -> None:
        """The run has ended."""
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _wait(self) -> None:
        began = time.monotonic()
        for seconds in self._later:
            if self._over.wait(max(began + seconds - time.monotonic(), 0)):
                return
            sweep()


def sweep() -> None:
    """What is garbage goes, and what stays is not looked through again."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.collect()  # of nothing: a full one waits until there is a quarter more than at the last
    gc.set_threshold(*OFTEN)
    give_back()
