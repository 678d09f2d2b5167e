"""Where a run could go on from: a JSON document and named arrays, written as one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtui.core.frozen import frozen
from gradtui.core.records import Record
from gradtui.runs import blobs, documents
from gradtui.runs.blobs import BrokenError

MOST, FEW = 24, 3
"""Checkpoints of a run before interventions, and others; of more the oldest go."""
MOST_BYTES = 256 << 20
"""Of all of them; the newest stays however large it is."""
MAX_ARRAYS = 100_000


@frozen(kw_only=True)
class Saved(Record):
    """A checkpoint on its way to the file. The arrays are the writer's: nobody changes them."""

    step: int
    document: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]

    @property
    def nbytes(self) -> int:
        """Memory that it takes: an array that is one number all over takes none."""
        return sum(array.nbytes for array in self.arrays.values() if any(array.strides))


@frozen(kw_only=True)
class Checkpoint:
    """One that is in the file, without its arrays."""

    id: int
    branch: int
    step: int
    """Of the next step to make."""
    bytes: int
    document: Mapping[str, Any]


def write(file: sqlite3.Connection, saved: Saved, at: int, sampled: int) -> None:
    """Within the caller's transaction; then the oldest go, as many as must."""
    (event,) = file.execute("SELECT coalesce(max(id), 0) FROM event").fetchone()
    row = (saved.branch, saved.step, at, sampled, event, documents.write(saved.document))
    made = file.execute(
        "INSERT INTO checkpoint (branch, step, at, sampled, event, bytes, document)"
        " VALUES (?, ?, ?, ?, ?, 0, ?)", row,
    ).lastrowid  # fmt: skip
    size = 0
    for name, array in saved.arrays.items():  # one after the other: each is packed in a copy
        body = blobs.pack({"": array})
        size += len(body)
        file.execute(
            "INSERT INTO array (checkpoint, name, body) VALUES (?, ?, ?)", (made, name, body)
        )
    file.execute("UPDATE checkpoint SET bytes = ? WHERE id = ?", (size, made))
    _thin(file)


def _thin(file: sqlite3.Connection) -> None:
    """Of the states to go on from the newest few stay, the rest of the room is for undo."""
    kept = dict.fromkeys((True, False), 0)
    total = 0
    rows = file.execute("SELECT id, bytes, document FROM checkpoint ORDER BY id DESC").fetchall()
    for number, size, text in rows:
        before = _document(text).get("kind") == "before"
        kept[before] += 1
        total += size
        first = not before and kept[before] == 1
        if not first and (kept[before] > (MOST if before else FEW) or total > MOST_BYTES):
            total -= size
            file.execute("DELETE FROM array WHERE checkpoint = ?", (number,))
            file.execute("DELETE FROM checkpoint WHERE id = ?", (number,))


def read(file: sqlite3.Connection) -> list[Checkpoint]:
    """All that are in the file, the oldest first."""
    rows = file.execute("SELECT id, branch, step, bytes, document FROM checkpoint ORDER BY id")
    return [
        Checkpoint(id=number, branch=branch, step=step, bytes=size, document=_document(text))
        for number, branch, step, size, text in rows
    ]


def _document(text: Any) -> Mapping[str, Any]:
    content = documents.read(text)
    if not isinstance(content, dict):
        raise documents.UnreadableError("a checkpoint without a document")
    return content


def arrays(file: sqlite3.Connection, number: int) -> dict[str, NDArray[Any]]:
    """The arrays of a checkpoint, writable, by name."""
    return dict(_arrays(file, number))


def _arrays(file: sqlite3.Connection, number: int) -> Iterator[tuple[str, NDArray[Any]]]:
    rows = file.execute("SELECT name, body FROM array WHERE checkpoint = ? ORDER BY id", (number,))
    for count, (name, body) in enumerate(rows):
        found = blobs.unpack(body).columns.get("")
        if found is None or count >= MAX_ARRAYS or not isinstance(name, str):
            raise BrokenError("a checkpoint with a wrong array")
        yield name, np.array(found)
