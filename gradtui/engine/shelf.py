"""Old states of a run in an unnamed file: who asks for one reads it, none waits for the writing."""

from __future__ import annotations

import os
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import FileIO
from typing import Any
from weakref import finalize, ref

import numpy as np
from numpy.typing import DTypeLike, NDArray

from gradtui.core.memory import room

Array = NDArray[Any]
PAGE = 2**12
"""A place begins at a multiple of so many bytes."""
DISK = "/var/tmp"
"""Where nobody has said otherwise: `/tmp` is often memory."""


class Place:
    """Where an array lies in the file, as long as anybody may want it."""

    def __init__(self, shelf: Shelf, at: int, shape: tuple[int, ...], dtype: DTypeLike) -> None:
        self.shelf, self.at, self.shape, self.dtype = shelf, at, shape, dtype
        self.nbytes = int(np.prod(shape)) * np.dtype(dtype).itemsize

    def read(self) -> Array:
        """The array, to the last bit; `OSError` where it cannot be had."""
        return self.shelf.read(self)


class Stowed(Mapping[str, Array]):
    """The arrays of a state, in memory at first and then in a file. Reading may wait for it."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._held = dict(arrays)
        self._away: dict[str, Place] = {}
        self.asked = False
        """Whether a shelf was asked to take them."""

    def __getitem__(self, name: str) -> Array:
        array = self._held.get(name)
        return self._away[name].read() if array is None else array

    def __iter__(self) -> Iterator[str]:
        return iter({**self._away, **self._held})

    def __len__(self) -> int:
        return len({**self._away, **self._held})

    @property
    def parts(self) -> tuple[list[Array], list[Place]]:
        """What takes memory, and what takes room in the file."""
        return [array for array in self._held.values() if _takes(array)], [*self._away.values()]

    def move(self, store: Callable[[Array], Place]) -> None:
        """On the shelf's thread. Others see an array in one of the two, at every moment."""
        held = dict(self._held)
        away = {name: store(array) for name, array in held.items() if _takes(array)}
        self._away = {**self._away, **away}
        self._held = {name: array for name, array in held.items() if not _takes(array)}


def _takes(array: Array) -> bool:
    """Not one that is one number all over."""
    return array.nbytes > 0 and any(array.strides)


def sizes(states: Iterable[Stowed]) -> tuple[int, int]:
    """Bytes in memory, and in the file; what several states have in common counts once."""
    held: dict[int, int] = {}
    away: dict[int, int] = {}
    for state in states:
        arrays, places = state.parts
        held |= {id(array): array.nbytes for array in arrays}
        away |= {id(place): place.nbytes for place in places}
    return sum(held.values()), sum(away.values())


def _make() -> FileIO:
    disk = DISK if not os.environ.get("TMPDIR") and os.access(DISK, os.W_OK) else None
    return tempfile.TemporaryFile(buffering=0, dir=disk)


class Shelf:
    """Takes states from any thread; one of its own writes, and ends when nothing is left.

    A file that cannot be made, or a disk that is full, leaves the states in memory: `works` says.
    """

    def __init__(self, make: Callable[[], FileIO] = _make) -> None:
        self.works = True
        self._make = make
        self._file: FileIO | None = None
        self._end = 0
        self._free: dict[int, list[int]] = {}
        """Places of so many bytes that nobody wants any more."""
        self._known: dict[int, tuple[ref[Array], ref[Place]]] = {}
        self._waiting: deque[Stowed] = deque()
        self._lock, self._disk = threading.Lock(), threading.Lock()
        self._thread: threading.Thread | None = None

    def put(self, state: Stowed) -> None:
        """Write it soon. Costs as much as the start of a thread, at most."""
        with self._lock:
            if state.asked or not self.works:
                return
            state.asked = True
            self._waiting.append(state)
            if self._thread is not None:
                return
            self._thread = threading.Thread(target=self._work, name="gradtui-shelf", daemon=True)
            self._thread.start()

    def settle(self) -> None:
        """Wait until all that was put is written."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting or not self.works:
                    self._thread = None
                    return
                state = self._waiting.popleft()
            try:
                state.move(self._store)
            except OSError:
                self.works = False
                self._waiting.clear()  # who gives one of these up frees it
            del state  # it may be given up while this waits for the lock

    def _store(self, array: Array) -> Place:
        """Write an array, unless another state has it in common and it is there."""
        self._known = {key: pair for key, pair in self._known.items() if pair[0]() is not None}
        if id(array) in self._known and (place := self._known[id(array)][1]()) is not None:
            return place
        size = -(-array.nbytes // PAGE) * PAGE
        free = self._free.setdefault(size, [])
        with self._disk:
            file = self._opened()
            at = free.pop() if free else self._end
            self._end = max(self._end, at + size)
            file.seek(at)
            left = np.ascontiguousarray(array).data.cast("B")
            while left:
                left = left[file.write(left) :]
        place = Place(self, at, array.shape, array.dtype)
        finalize(place, free.append, at).atexit = False
        self._known[id(array)] = ref(array), ref(place)
        return place

    def _opened(self) -> FileIO:
        if self._file is None:
            self._file = self._make()
            finalize(self, self._file.close)
        return self._file

    def read(self, place: Place) -> Array:
        """What was written there."""
        array = room(place.shape, place.dtype)
        with self._disk:
            file = self._opened()
            file.seek(place.at)
            if file.readinto(array.data.cast("B")) != place.nbytes:
                raise OSError("the file of old states is shorter than it was")
        return array
