"""Copies of a run's tensors that are made only of what has changed since the last ones."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from gradtui.core.memory import mapped

PIECE = 2**17
"""Bytes that are looked at at once: what is not all zeros, or not the same any more, shows that as
good as always in the first ones."""


class Copies:
    """The newest copy of each tensor by its name, as long as anybody holds it.

    The state before an intervention, that after it and that before the next one of a paused run
    have most numbers in common: of a net of two million weights each would take 30 MB. To compare
    costs less than to copy to new memory.
    """

    def __init__(self) -> None:
        self._newest: WeakValueDictionary[str, NDArray[Any]] = WeakValueDictionary()

    def of(self, name: str, tensor: Tensor) -> NDArray[Any]:
        """The tensor's numbers, to be read only. Zeros to the last bit, as of a momentum that is
        off, are seen all over but take no memory.
        """
        numbers = tensor.detach().cpu().numpy()
        if not any(piece.max() for piece in _pieces(numbers)):
            return _zeros(numbers.shape, numbers.dtype)
        known = self._newest.get(name)
        if known is None or not same(known, numbers):
            known = self._newest[name] = mapped(numbers)
            known.flags.writeable = False
        return known


@lru_cache(64)
def _zeros(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """One for all: of a hundred states each has several."""
    return np.broadcast_to(np.zeros((), dtype), shape)


def same(one: NDArray[Any], two: NDArray[Any]) -> bool:
    """Whether two contiguous arrays are alike to the last bit, -0 and nan too."""
    if (one.shape, one.dtype) != (two.shape, two.dtype):
        return False
    pairs = zip(_pieces(one), _pieces(two), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def _pieces(array: NDArray[Any]) -> Iterator[NDArray[np.uint8]]:
    """The bytes of a contiguous array, some at once."""
    flat = array.reshape(-1).view(np.uint8)
    return (flat[at : at + PIECE] for at in range(0, len(flat), PIECE))
