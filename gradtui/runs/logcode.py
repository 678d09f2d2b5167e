"""Magnitudes in few bytes: log10 in fixed point, then what changes from step to step.

A step of 0.002 decades is a relative error of 0.23 % at most. Zero, inf and nan are exact. Most
layers change little in a step, so that the differences are small numbers that deflate well.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STEP = 0.002
"""Decades."""
FLAGS = (0.0, -np.inf, np.inf, np.nan)
"""What the flags 0 to 3 stand for; 0 is a finite number."""
NEGATIVE, NEGATIVE_INF = 4, 5
"""Flags of signed numbers."""
WIDE = 4
NARROW = 2


def encode(logs: NDArray[np.floating]) -> bytes:
    """log10 values [K, L] (zero: -inf) as bytes that deflate well."""
    flags = None
    if not np.isfinite(logs).all():
        flags = np.isneginf(logs) + 2 * np.isposinf(logs) + 3 * np.isnan(logs)
    return _encode(logs, flags)


def encode_signed(values: NDArray[np.floating]) -> bytes:
    """Values [K, L] of either sign."""
    with np.errstate(divide="ignore"):
        logs = np.log10(np.abs(values))
    infinite, negative = np.isinf(values), values < 0
    flags = (values == 0) + 2 * infinite + 3 * np.isnan(values) + NEGATIVE * negative
    flags[infinite & negative] = NEGATIVE_INF
    return _encode(logs, flags)


def _encode(logs: NDArray[np.floating], flags: NDArray[np.integer] | None) -> bytes:
    flawed = flags is not None
    finite = np.isfinite(logs)
    codes = np.rint((np.where(finite, logs, 0) if flawed else logs) * (1 / STEP)).astype(np.int32)
    if flawed:
        codes = _carried(codes, finite)
    codes[1:] -= codes[:-1].copy()
    folded = (codes << 1) ^ (codes >> 31)
    narrow = not (folded >> 16).any()
    size = NARROW if narrow else WIDE
    planes = [(folded >> 8 * i).astype(np.uint8).tobytes() for i in range(size)]
    parts = [bytes([size, flawed]), *planes]
    if flags is not None:
        parts.append(flags.astype(np.uint8).tobytes())
    return b"".join(parts)


def _carried(codes: NDArray[np.int32], finite: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Where there is no number the last one stands, so that nothing changes there."""
    at = np.where(finite, np.arange(len(codes))[:, None], 0)
    np.maximum.accumulate(at, axis=0, out=at)
    carried: NDArray[np.int32] = np.take_along_axis(codes, at, axis=0)
    return carried


def longest(rows: int, columns: int) -> int:
    """Bytes that `encode` gives at most."""
    return 2 + rows * columns * (WIDE + 1)


def decode(data: bytes, rows: int, columns: int) -> NDArray[np.float32]:
    """The log10 values again; `ValueError` if the bytes are of another length."""
    logs, flags = _decode(data, rows, columns)
    if flags is not None:
        if flags.max(initial=0) >= len(FLAGS):
            raise ValueError("a log code with unknown flags")
        logs = np.where(flags > 0, np.array(FLAGS, np.float32)[flags], logs)
    return logs


def decode_signed(data: bytes, rows: int, columns: int) -> NDArray[np.float32]:
    """The values again."""
    logs, flags = _decode(data, rows, columns)
    if flags is None or flags.max(initial=0) > NEGATIVE_INF:
        raise ValueError("a signed log code without flags")
    factors = np.array([1, 0, np.inf, np.nan, -1, -np.inf], np.float32)[flags]
    with np.errstate(over="ignore", invalid="ignore"):
        sizes = np.where((flags == 0) | (flags == NEGATIVE), np.power(np.float32(10), logs), 1)
        values: NDArray[np.float32] = (factors * sizes).astype(np.float32)
    return values


def _decode(
    data: bytes, rows: int, columns: int
) -> tuple[NDArray[np.float32], NDArray[np.uint8] | None]:
    count = rows * columns
    if len(data) < 2 or data[0] not in (NARROW, WIDE) or data[1] not in (0, 1):
        raise ValueError("no log code")
    size, flawed = data[0], bool(data[1])
    if len(data) != 2 + count * (size + flawed):
        raise ValueError("a log code of another length")
    planes = np.frombuffer(data, np.uint8, count * size, 2).reshape(size, rows, columns)
    folded = planes[0].astype(np.int32)
    for i in range(1, size):
        folded |= planes[i].astype(np.int32) << 8 * i
    codes = (folded >> 1) & 0x7FFFFFFF ^ -(folded & 1)
    np.cumsum(codes, axis=0, out=codes)
    logs: NDArray[np.float32] = codes.astype(np.float32) * np.float32(STEP)
    flags = None
    if flawed:
        flags = np.frombuffer(data, np.uint8, count, 2 + count * size).reshape(rows, columns)
    return logs, flags
