"""Memory that the C library holds back for later use: kept from step to step, given back at last.

A step asks for as much as the one before it, so what one gives back is kept for the next. But a
net of convolutions that was measured once on many rows, or that had another activation for a
minute, would hold 150 MB so for the rest of its run.
"""

from __future__ import annotations

import ctypes
import math
import mmap
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from gradtui.core import clock

PAUSE = 1.0
"""Least seconds between two times. One costs 1 to 5 ms, and the next step some page faults: as
long as half of a step."""
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Names of glibc's malloc.h; `man 3 mallopt`."""
KEPT, LARGE = 2**27, 2**25
"""Bytes that may lie free at the end of a heap; and from which on memory is mapped anew, the most
that glibc takes."""

MAPPED = 2**16
"""Bytes of an array that gets a mapping of its own."""
PRIVATE: dict[str, int] = (
    {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if sys.platform == "linux" else {}
)
"""A process that is forked off must not write into it."""
T = TypeVar("T", bound=np.generic)


def one_heap() -> None:
    """Let all threads that begin from here on share one heap.

    glibc gives each thread its own, in pieces of 64 MB: what one thread frees no other gets, each
    run's thread makes another, and an evaluation that does not fit a piece any more maps and
    unmaps a new one each time. Together that was 10 to 40 MB of a lab. All threads but the one
    that trains ask for little, so they seldom wait for each other; a step costs the same.
    """
    _set(M_ARENA_MAX, 1)


def keep() -> None:
    """Keep what a step frees: the next step needs it.

    glibc returns it to the system, and the next step pays for every page of it again: a fifth
    of a step of a 30-layer MLP, and most of what a sampled step costs more than another. The
    price is memory that stays with the process until `give_back`, `KEPT` at most.
    """
    _set(M_TRIM_THRESHOLD, KEPT)
    _set(M_MMAP_THRESHOLD, LARGE)


def _set(name: int, value: int) -> None:
    """Without glibc nothing changes."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(name, value)


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


def room(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Zeros in memory that goes back to the system when they go, whatever lies around it.

    For what is large, and comes and goes with what a person does: on the heap each would leave a
    hole, which the next one need not fit into. Costs a page fault for each 4 KB.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size < MAPPED:
        return np.zeros(shape, dtype)
    return np.frombuffer(mmap.mmap(-1, size, **PRIVATE), dtype).reshape(shape)


def mapped(array: NDArray[T]) -> NDArray[T]:
    """A copy in a `room` of its own."""
    copy: NDArray[T] = room(array.shape, array.dtype)
    np.copyto(copy, array)
    return copy


class Thrift:
    """Gives back after moments that have needed more, but not often: between two steps, and while a
    run that is paused waits for what comes.
    """

    def __init__(
        self,
        now: Callable[[], float] = clock.now,
        give_back: Callable[[], object] = give_back,
    ) -> None:
        self._now, self._give_back = now, give_back
        self._gave = -1e9
        self._due = False

    def look(self) -> None:
        """A moment that may have needed more than a step."""
        self._due = True

    def turn(self) -> None:
        """Between two steps: give back what such moments have left, if it is time.

        Costs next to nothing if not.
        """
        if self._due and self._now() - self._gave >= PAUSE:
            self._due = False
            self._give_back()
            self._gave = self._now()
