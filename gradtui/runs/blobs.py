"""Several named numpy columns as one run of bytes, and back; nothing is ever unpickled.

A blob is the length of a JSON head (4 bytes, little-endian), the head, then the columns' bytes.
The head says of each column its name, its code, its dtype and its shape, and holds a few plain
values beside. What it says is checked before anything is made of it: the bytes may be a
stranger's.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtui.core.frozen import frozen
from gradtui.runs import logcode

Array = NDArray[Any]
Column = tuple[str, str, np.dtype[Any], tuple[int, ...], int]
"""Name, code, dtype, shape, bytes."""

DTYPES = ("<f8", "<f4", "<f2", "<i8", "<i4", "<i2", "|i1", "<u8", "<u4", "<u2", "|u1", "|b1")
_DTYPES = {name: np.dtype(name) for name in DTYPES}
COLUMNS, NOTES = b'{"columns":', b',"notes":'
"""What a head begins with, and what stands between its two parts."""
SHORT = 4096
"""Bytes of columns that are kept, for blobs that have the same."""
MAX_HEAD = 1 << 20
MAX_COLUMNS = 4096
MAX_BYTES = 1 << 30
"""Of all columns, unpacked."""
MAX_AXIS = 1 << 40
PLAIN, ZIP, LOG, SIGNED = "plain", "zip", "log", "signed"
"""As it is; shuffled by bytes and deflated; magnitudes [K, L] within 0.25 %, deflated; the same
for values of either sign."""


class BrokenError(ValueError):
    """Bytes that are no blob."""


@frozen
class Blob:
    """What was packed."""

    columns: Mapping[str, Array]
    """A column with the code LOG holds log10 in float32 here."""
    notes: Mapping[str, Any] = field(default_factory=dict)
    """Plain JSON values."""
    logged: frozenset[str] = frozenset()
    """The names of the columns with the code LOG."""


def pack(
    columns: Mapping[str, Array],
    notes: Mapping[str, Any] | None = None,
    *,
    code: str = PLAIN,
    codes: Mapping[str, str] | None = None,
) -> bytes:
    """Columns by name; each with `code` unless `codes` names another one.

    A column for LOG is given as log10, with -inf for 0.
    """
    heads: list[list[Any]] = []
    parts: list[bytes | memoryview] = []
    for name, column in columns.items():
        chosen = (codes or {}).get(name, code)
        array = np.asarray(column)
        array = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(array.shape)
        data = _CODERS[chosen](array)
        heads.append([name, chosen, array.dtype.str, list(array.shape), len(data)])
        parts.append(data)
    head = json.dumps({"columns": heads, "notes": dict(notes or {})}, separators=(",", ":"))
    encoded = head.encode()
    return b"".join([struct.pack("<I", len(encoded)), encoded, *parts])


def unpack(data: bytes, *, only: frozenset[str] | None = None) -> Blob:
    """All columns, or `only` some; `BrokenError` if the bytes do not keep what their head says."""
    heads, notes, at = _head(data)
    columns: dict[str, Array] = {}
    for name, code, dtype, shape, size in heads:
        if at + size > len(data):
            raise BrokenError(f"column {name!r} is cut off")
        if only is None or name in only:
            try:
                columns[name] = _READERS[code](data[at : at + size], dtype, shape)
            except (ValueError, zlib.error) as error:
                raise BrokenError(f"column {name!r}: {error}") from error
        at += size
    if at != len(data):
        raise BrokenError("bytes behind the last column")
    return Blob(columns, notes, frozenset(name for name, code, *_ in heads if code == LOG))


def _head(data: bytes) -> tuple[tuple[Column, ...], dict[str, Any], int]:
    if len(data) < 4:
        raise BrokenError("no head")
    (size,) = struct.unpack_from("<I", data)
    if size > min(MAX_HEAD, len(data) - 4):
        raise BrokenError("a head that is longer than it may be")
    head = data[4 : 4 + size]
    begin, _, rest = head.rpartition(NOTES)
    if begin.startswith(COLUMNS) and len(begin) <= SHORT and rest.endswith(b"}"):
        with suppress(BrokenError):
            return _columns(begin[len(COLUMNS) :]), _object(_json(rest[:-1])), 4 + size
    found = _object(_json(head))
    return _described(found.get("columns")), _object(found.get("notes")), 4 + size


def _json(text: bytes) -> Any:
    try:
        return json.loads(text.decode())
    except (ValueError, RecursionError) as error:
        raise BrokenError("a head that is no JSON") from error


def _object(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise BrokenError("a head without columns")
    return found


@lru_cache(maxsize=256)
def _columns(text: bytes) -> tuple[Column, ...]:
    """The columns of a head: in a run that is trained they are the same again and again."""
    return _described(_json(text))


def _described(columns: Any) -> tuple[Column, ...]:
    if not isinstance(columns, list) or len(columns) > MAX_COLUMNS:
        raise BrokenError("a head without columns")
    found = tuple(map(_checked, columns))
    if sum(math.prod(shape) * dtype.itemsize for _, _, dtype, shape, _ in found) > MAX_BYTES:
        raise BrokenError("columns that are larger than any block may be")
    return found


def _checked(head: Any) -> Column:
    if not (isinstance(head, list) and len(head) == 5 and isinstance(head[3], list)):
        raise BrokenError("a column without a description")
    name, code, dtype, shape, size = head
    if not (type(name) is type(code) is type(dtype) is str and code in _READERS and len(shape) < 5):
        raise BrokenError("a column whose description is wrong")
    known = _DTYPES.get(dtype)
    numbers = [*shape, size]
    if (
        known is None
        or {*map(type, numbers)} != {int}
        or min(numbers) < 0
        or max(numbers) > MAX_AXIS
    ):
        raise BrokenError("a column whose description is wrong")
    if math.prod(shape) * known.itemsize > MAX_BYTES:
        raise BrokenError(f"column {name!r} is larger than any column may be")
    return name, code, known, tuple(shape), size


def _inflate(data: bytes, most: int) -> bytes:
    """Deflated bytes again, never more than `most`: a few bytes can stand for gigabytes."""
    stream = zlib.decompressobj()
    plain = stream.decompress(data, most + 1)
    if len(plain) > most or not stream.eof or stream.unused_data:
        raise BrokenError("deflated bytes of another length")
    return plain


def _deflate(data: bytes) -> bytes:
    """Runs and frequent bytes are all that there is to find after the shuffle; this is fastest."""
    stream = zlib.compressobj(1, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
    return stream.compress(data) + stream.flush()


def _zip(array: Array) -> bytes:
    planes = array.reshape(-1).view(np.uint8).reshape(-1, array.itemsize)
    return _deflate(planes.T.tobytes())


def _unzip(data: bytes, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Array:
    size = math.prod(shape) * dtype.itemsize
    plain = _inflate(data, size)
    if len(plain) != size:
        raise BrokenError("another length than its shape says")
    planes = np.frombuffer(plain, np.uint8).reshape(dtype.itemsize, -1)
    return np.ascontiguousarray(planes.T).view(dtype).reshape(shape)


def _plain(data: bytes, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Array:
    if len(data) != math.prod(shape) * dtype.itemsize:
        raise BrokenError("another length than its shape says")
    return np.frombuffer(data, dtype).reshape(shape)


def _log(array: Array) -> bytes:
    return _deflate(logcode.encode(array.reshape(len(array), -1)))


def _unlog(data: bytes, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Array:
    if len(shape) != 2:
        raise BrokenError("a log code without rows and columns")
    return logcode.decode(_inflate(data, logcode.longest(*shape)), *shape)


def _signed(array: Array) -> bytes:
    return _deflate(logcode.encode_signed(array.reshape(len(array), -1)))


def _unsigned(data: bytes, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Array:
    if len(shape) != 2:
        raise BrokenError("a log code without rows and columns")
    return logcode.decode_signed(_inflate(data, logcode.longest(*shape)), *shape)


def _bytes(array: Array) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


_CODERS: Mapping[str, Callable[[Array], bytes | memoryview]] = {
    PLAIN: _bytes,
    ZIP: _zip,
    LOG: _log,
    SIGNED: _signed,
}
_READERS = {PLAIN: _plain, ZIP: _unzip, LOG: _unlog, SIGNED: _unsigned}
