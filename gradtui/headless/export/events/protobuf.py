"""The few messages of TensorBoard's event.proto and summary.proto that a run needs, as bytes.

Wire format: https://protobuf.dev/programming-guides/encoding. A field is a key (number << 3 |
type), then a varint (type 0), 8 bytes (1), a length and so many bytes (2), or 4 bytes (5).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

VERSION = b"brain.Event:2"
STRING = 7
"""DT_STRING of tensorflow's types.proto."""


def varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; a negative number counts as 64 bits."""
    value &= 0xFFFFFFFFFFFFFFFF
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, content: bytes) -> bytes:
    """A field of bytes, text or a message."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def whole(number: int, value: int) -> bytes:
    """A field of an integer."""
    return varint(number << 3) + varint(value)


def double(number: int, value: float) -> bytes:
    return varint(number << 3 | 1) + struct.pack("<d", value)


def doubles(number: int, values: Iterable[float]) -> bytes:
    """A packed repeated field."""
    return field(number, b"".join(struct.pack("<d", value) for value in values))


def event(wall_time: float, step: int, summary: bytes) -> bytes:
    """Event {wall_time 1, step 2, summary 5}"""
    return double(1, wall_time) + whole(2, step) + field(5, summary)


def opening(wall_time: float) -> bytes:
    """The first event of a file: Event {wall_time 1, file_version 3}"""
    return double(1, wall_time) + field(3, VERSION)


class Scalars:
    """Summary {value 1: {tag 1, simple_value 2}}, repeated: the same tags again and again.

    All bytes but the numbers are put together once. A number is a float32: what is beyond becomes
    0 or inf.
    """

    def __init__(self, tags: Iterable[bytes]) -> None:
        template, places = bytearray(), []
        for tag in tags:
            template += field(1, field(1, tag) + varint(2 << 3 | 5) + bytes(4))
            places.append(len(template) - 4)
        self._template = np.frombuffer(bytes(template), np.uint8)
        self._places = np.add.outer(np.array(places, np.intp), np.arange(4))

    def of(self, values: ArrayLike) -> bytes:
        """A number for each of the tags."""
        with np.errstate(all="ignore"):
            narrow = np.asarray(values, np.float64).astype("<f4")
        filled = self._template.copy()
        filled[self._places] = narrow.view(np.uint8).reshape(-1, 4)
        return filled.tobytes()


def histogram(
    tag: bytes, counts: NDArray[np.uint32], low: float, high: float, mean: float, std: float
) -> bytes:
    """Summary {value 1: {tag 1, histo 5}} of equal bins from low to high."""
    n, bins = int(counts.sum()), len(counts)
    width = (high - low) / bins
    limits = [low + width * (i + 1) for i in range(bins - 1)]
    squares = n * (std * std + mean * mean)
    content = double(1, low) + double(2, high) + double(3, n) + double(4, n * mean)
    content += double(5, squares) + doubles(6, [*limits, high]) + doubles(7, counts.tolist())
    return field(1, field(1, tag) + field(5, content))


def text(tag: bytes, content: str) -> bytes:
    """Summary {value 1: {tag 1, tensor 8: a string, metadata 9: of the plugin `text`}}"""
    plugin = field(1, field(1, b"text"))
    shape = field(2, field(2, whole(1, 1)))
    tensor = whole(1, STRING) + shape + field(8, content.encode("utf-8", "backslashreplace"))
    return field(1, field(1, tag) + field(8, tensor) + field(9, plugin))
