"""Animated GIF: one palette, and of each picture only the rectangle that changed.

https://www.w3.org/Graphics/GIF/spec-gif89a.txt
"""

from __future__ import annotations

import io
import struct
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gradtui.recording.raster import Raster
from gradtui.recording.screen import Film

FOREVER = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
KEEP = 1 << 2 | 1
"""Of a graphic control extension: what was drawn stays, and one colour is transparent."""
Pixels = NDArray[np.uint8]


def gif(film: Film) -> bytes:
    """The film as a GIF that begins again at its end. Needs Pillow."""
    raster = Raster(film)
    clear = len(raster.palette)
    bits = max(clear.bit_length(), 2)
    table = bytes(channel for color in raster.palette for channel in color)
    first = raster.image(0)
    height, width = first.shape
    parts = [
        b"GIF89a", struct.pack("<HHBBB", width, height, 0xF0 | bits - 1, 0, 0),
        table.ljust(3 << bits, b"\0"), FOREVER,
    ]  # fmt: skip
    before: Pixels | None = None
    for number, hundredths in enumerate(_hundredths(film)):
        image = raster.image(number)
        parts.append(_frame(image, before, hundredths, clear))
        before = image
    return b"".join([*parts, b";"])


def _hundredths(film: Film) -> list[int]:
    """How long each picture is shown; rounding adds up to nothing."""
    marks = [round(100 * picture.at) for picture in film.pictures] + [round(100 * film.seconds)]
    return [max(end - start, 1) for start, end in pairwise(marks)]


def _frame(image: Pixels, before: Pixels | None, hundredths: int, clear: int) -> bytes:
    left = top = 0
    if before is not None:
        same = image == before
        rows, columns = np.flatnonzero(~same.all(axis=1)), np.flatnonzero(~same.all(axis=0))
        if not len(rows):
            rows = columns = np.zeros(1, np.int64)
        cut = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        left, top = int(columns[0]), int(rows[0])
        image = np.where(same, np.uint8(clear), image)[cut]
    height, width = image.shape
    control = struct.pack("<BBBBHBB", 0x21, 0xF9, 4, KEEP, hundredths, clear, 0)
    place = struct.pack("<BHHHHB", 0x2C, left, top, width, height, 0)
    return control + place + _compressed(image)


def _compressed(image: Pixels) -> bytes:
    """LZW of the pixels, in blocks, as Pillow makes it: what stands in its file of one picture."""
    from PIL import Image

    picture = Image.fromarray(image, "L")
    picture.putpalette(bytes(range(256)) * 3)
    file = io.BytesIO()
    picture.save(file, "GIF", optimize=False, interlace=0)
    data = file.getvalue()
    at = 13 + (3 << (data[10] & 7) + 1)  # behind the header and its palette
    while data[at] == 0x21:  # extensions
        at += 2
        while data[at]:
            at += data[at] + 1
        at += 1
    return data[at + 10 : -1]
