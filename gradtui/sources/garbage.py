"""What garbage collection costs a run, and what it must not keep.

torch's half a million objects stay: a full collection that walks them stops training and screen
alike for a tenth of a second, every few seconds. So they are frozen; but a run before the present
one must not be frozen with them, and its screen lets go of it only a moment after the new run has
begun.
"""

from __future__ import annotations

import gc
import threading

from gradtui.core.memory import give_back

LATER = 3.0
"""Seconds until a run that was left is garbage on any machine."""


class Sweeper:
    """Freezes once for a run: at once in a process's first, a while after the start of others."""

    def __init__(self, later: float = LATER) -> None:
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
        if not self._over.wait(self._later):
            sweep()


def sweep() -> None:
    """What is garbage goes, and what stays is not looked through again."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    give_back()
