"""CRC-32C (Castagnoli), the checksum of event files; RFC 3720, appendix B.4.

A checksum is linear over GF(2): that of a block is the exclusive or of one table entry for each
byte, chosen by the byte and by its distance from the end. numpy looks up a block at once.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.uint32]
POLYNOMIAL = 0x82F63B78
"""Bits reversed, as the shift register takes them."""
BLOCK = 1024
"""Bytes of a block: tables of 1 MB."""
MASK_DELTA = 0xA282EAD8


@cache
def _tables() -> Table:
    """[BLOCK, 256]: what a byte adds to the checksum of a message that ends d bytes behind it."""
    tables = np.empty((BLOCK, 256), np.uint32)
    byte = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        byte = np.where(byte & 1, byte >> 1 ^ POLYNOMIAL, byte >> 1)
    tables[0] = byte
    for distance in range(1, BLOCK):
        before = tables[distance - 1]
        tables[distance] = (before >> 8) ^ byte[before & 0xFF]
    return tables


def crc32c(data: bytes) -> int:
    """The checksum of `data`."""
    tables, state = _tables(), 0xFFFFFFFF
    for start in range(0, len(data), BLOCK):
        block = np.frombuffer(data, np.uint8, min(BLOCK, len(data) - start), start).copy()
        # The checksum so far acts as if it were added to the next four bytes.
        carried = np.frombuffer(state.to_bytes(4, "little"), np.uint8)
        head = min(4, len(block))
        block[:head] ^= carried[:head]
        found = int(np.bitwise_xor.reduce(tables[np.arange(len(block))[::-1], block]))
        state = found ^ (state >> 8 * head)
    return state ^ 0xFFFFFFFF


def masked(data: bytes) -> int:
    """The checksum as a TFRecord stores it: rotated and shifted, for files that hold checksums."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + MASK_DELTA) & 0xFFFFFFFF
