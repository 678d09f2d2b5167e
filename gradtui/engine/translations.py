"""Pairs of a source and its one right target, drawn by numpy: the same for every run seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gradtui.engine.dataset import Dataset
from gradtui.engine.language import END, IGNORE, PAD, SPECIAL, START, Language

Symbols = NDArray[np.int64]
Pair = tuple[str, str]

SEED = 0
TRAIN, TEST = 8000, 500
SHORTEST, LONGEST = 4, 10
"""Digits of a string that is to be reversed."""
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
FIRST_YEAR, LAST_YEAR = 1900, 2099


def reversal(rng: Generator) -> Pair:
    """4 to 10 digits, each length as likely as the others, and the same from the end."""
    digits = rng.integers(0, 10, int(rng.integers(SHORTEST, LONGEST + 1)))
    text = "".join(map(str, digits))
    return text, text[::-1]


def date(rng: Generator) -> Pair:
    """A day from 1900 to 2099 as people write it, in one of three ways, and as ISO 8601 does."""
    start, stop = np.datetime64(f"{FIRST_YEAR}-01-01"), np.datetime64(f"{LAST_YEAR + 1}-01-01")
    iso = str(start + np.timedelta64(int(rng.integers((stop - start).astype(int))), "D"))
    year, month, day = iso.split("-")
    name, number = MONTHS[int(month) - 1], int(day)
    ways = (f"{number} {name} {year}", f"{name} {number}, {year}", f"{number} {name[:3]} {year}")
    return ways[int(rng.integers(len(ways)))], iso


TASKS: dict[str, tuple[str, Callable[[Generator], Pair]]] = {
    "reverse": ("strings of digits, reversed", reversal),
    "dates": ("dates as people write them", date),
}
"""By the knob `task`: what the header says, and how one pair is drawn."""


def load(task: str) -> Dataset:
    """8500 different sources, of which 500 are held out: none of these is seen in training."""
    label, draw = TASKS[task]
    rng = np.random.Generator(np.random.PCG64(SEED))
    pairs: dict[str, str] = {}
    while len(pairs) < TRAIN + TEST:
        source, target = draw(rng)
        pairs[source] = target
    x, y, language = encode(list(pairs.items()))
    # The first are held out: the last ones are longer, because short strings run out.
    n, vocabulary = TEST, len(language.symbols)
    return Dataset(
        task, label, x[n:], y[n:], x[:n], y[:n], vocabulary, vocabulary, language=language
    )


def encode(pairs: list[Pair]) -> tuple[Symbols, Symbols, Language]:
    """x [rows, source + target], y [rows, target] and what they mean; END closes both."""
    characters = sorted({char for pair in pairs for text in pair for char in text})
    symbols = (*SPECIAL, *characters)
    code = {char: i for i, char in enumerate(symbols) if char}
    width = max(len(source) for source, _ in pairs) + 1
    length = max(len(target) for _, target in pairs) + 1
    x = np.full((len(pairs), width + length), PAD, np.int64)
    y = np.full((len(pairs), length), IGNORE, np.int64)
    for i, (source, target) in enumerate(pairs):
        _write(x[i], [code[char] for char in source] + [END])
        written = [code[char] for char in target]
        _write(x[i, width:], [START, *written])
        _write(y[i], [*written, END])
    return x, y, Language(symbols, width)


def _write(row: Symbols, codes: Iterable[int]) -> None:
    for i, value in enumerate(codes):
        row[i] = value
