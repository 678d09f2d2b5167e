"""What lies behind a place of a run file, block by block: between two nothing of it is held."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import islice
from typing import Any

from gradtui.core.frames import cut
from gradtui.core.records import Frame
from gradtui.runs import blocks, sampled
from gradtui.runs.order import Placed

FRAMES = "SELECT behind, head, body, branch, count FROM frames WHERE behind > ?"
SAMPLES = "SELECT behind, at, body, branch, count FROM samples WHERE behind > ?"


def frames_behind(
    file: sqlite3.Connection, behind: int, layers: int, until: int | None = None
) -> Iterator[Frame]:
    """The frames behind so many rows. `until`: asked for together, within one moment."""
    for end, head, body, branch, count in _blocks(file, FRAMES, behind, until):
        frame = blocks.unpack_frame(head, body, branch, count, layers)
        new = min(end - behind, count)  # of a block that was seen in part
        behind = end
        yield cut(frame, count - new, count)


def samples_behind(
    file: sqlite3.Connection, behind: int, layers: int, until: int | None = None
) -> Iterator[Placed]:
    """The samples behind so many of them, each with the rows that there were when it came."""
    for end, at, body, branch, count in _blocks(file, SAMPLES, behind, until):
        new = min(end - behind, count)
        behind = end
        found = sampled.unpack_samples(body, branch, count, layers)
        for sample in islice(found, count - new, None):
            yield at, sample


def _blocks(
    file: sqlite3.Connection, query: str, behind: int, until: int | None
) -> Iterator[tuple[Any, ...]]:
    """The rows of a table, by one statement; or by one each, with nothing held between them."""
    if until is not None:
        yield from file.execute(f"{query} AND behind <= ? ORDER BY behind", (behind, until))
        return
    while row := file.execute(f"{query} ORDER BY behind LIMIT 1", (behind,)).fetchone():
        behind = row[0]
        yield row
