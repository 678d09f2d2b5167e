"""A text as a data set: windows of it, and the symbol that follows each of theirs."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from gradtui.core.errors import UsageError
from gradtui.core.paths import expand
from gradtui.engine import tables
from gradtui.engine.dataset import Dataset
from gradtui.engine.language import Language

NAME = "alice"
LABEL = "Alice in Wonderland, I to IV"
STRIDE = 32
"""Symbols from one window's start to the next one's, whatever their length."""
LONGEST = 200
"""Symbols of the longest window that the knob `length` allows."""
TEST_SHARE = 0.1
"""The end of the text is held out: windows of its middle would share symbols with their
neighbours."""
SHORTEST = 4000
LARGEST = 5_000_000
"""Bytes: of them there are 8 for each symbol of each window in memory."""
MOST_SYMBOLS = 5000
"""Chinese needs some 4000; more rows of an embedding mean that the file is no text."""
HELD_OUT = 200
"""Most windows that an evaluation reads."""


def load(name_or_path: str, length: int) -> Dataset:
    """The text that ships, or a file's; `UsageError` for what is no text, or too little of it."""
    if name_or_path == NAME:
        text = files("gradtui").joinpath("data/alice.txt").read_text(encoding="utf-8")
        return dataset(NAME, LABEL, text, length)
    label = f"{tables.short_name(name_or_path)}, by characters"
    return dataset(name_or_path, label, read(name_or_path), length)


def dataset(name: str, label: str, text: str, length: int) -> Dataset:
    """x [windows, length] and y, the same one symbol on; codes in the order of Unicode."""
    symbols = tuple(sorted(set(text)))
    code = {symbol: i for i, symbol in enumerate(symbols)}
    codes = np.fromiter((code[symbol] for symbol in text), np.int64, len(text))
    n_train = len(codes) - int(TEST_SHARE * len(codes))
    count = (n_train - LONGEST - 1) // STRIDE + 1
    x, y = _windows(codes[:n_train], length)
    held_x, held_y = _windows(codes[n_train:], length)
    size = len(symbols)
    return Dataset(
        name, label, x[:count], y[:count], held_x[:HELD_OUT], held_y[:HELD_OUT], size, size,
        language=Language(symbols),
    )  # fmt: skip


def _windows(codes: NDArray[np.int64], length: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    found = sliding_window_view(codes, length + 1)[::STRIDE]
    return np.ascontiguousarray(found[:, :-1]), np.ascontiguousarray(found[:, 1:])


def read(path: str) -> str:
    """The text of a UTF-8 file; line ends become one kind, a byte order mark goes."""
    try:
        raw = expand(path).read_bytes()
    except FileNotFoundError:
        raise _refuse(path, "does not exist", "name a text file") from None
    except PermissionError:
        raise _refuse(path, "may not be read", "give yourself read permission") from None
    except OSError as error:
        raise _refuse(path, "cannot be read", error.strerror or str(error)) from None
    if len(raw) > LARGEST:
        raise _refuse(path, f"has {len(raw)} bytes", f"at most {LARGEST} are read")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = f"byte {raw[error.start]:#04x} at offset {error.start}"
        raise _refuse(path, f"is no UTF-8 ({place})", "save the text as UTF-8") from None
    if "\0" in text:
        raise _refuse(path, "holds NUL characters", "a text has none; is it UTF-16?")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) < SHORTEST:
        wrong = f"is too short, {len(text)} characters" if text else "is empty"
        raise _refuse(path, wrong, f"a text takes at least {SHORTEST}")
    different = len(set(text))
    if not 2 <= different <= MOST_SYMBOLS:
        wrong = f"has {different} different character{'s' * (different > 1)}"
        raise _refuse(path, wrong, f"a text has 2 to {MOST_SYMBOLS}")
    return text


def _refuse(path: str, wrong: str, allowed: str) -> UsageError:
    return UsageError(f"text file {path!r} {wrong}: {allowed}.")
