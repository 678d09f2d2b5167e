"""What lies behind a place of a run file, block by block: between two nothing of it is held."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import islice

from gradtui.core.frames import cut
from gradtui.core.records import Frame
from gradtui.runs import blocks, sampled
from gradtui.runs.order import Placed


def frames_behind(file: sqlite3.Connection, behind: int, layers: int) -> Iterator[Frame]:
    """The frames behind so many rows."""
    query = (
        "SELECT behind, head, body, branch, count FROM frames WHERE behind > ?"
        " ORDER BY behind LIMIT 1"
    )
    while row := file.execute(query, (behind,)).fetchone():
        end, head, body, branch, count = row
        frame = blocks.unpack_frame(head, body, branch, count, layers)
        new = min(end - behind, count)  # of a block that was seen in part
        behind = end
        yield cut(frame, count - new, count)


def samples_behind(file: sqlite3.Connection, behind: int, layers: int) -> Iterator[Placed]:
    """The samples behind so many of them, each with the rows that there were when it came."""
    query = (
        "SELECT behind, at, body, branch, count FROM samples WHERE behind > ?"
        " ORDER BY behind LIMIT 1"
    )
    while row := file.execute(query, (behind,)).fetchone():
        end, at, body, branch, count = row
        new = min(end - behind, count)
        behind = end
        found = sampled.unpack_samples(body, branch, count, layers)
        for sample in islice(found, count - new, None):
            yield at, sample
