"""A run file as it stood at a checkpoint: what came behind it is trained again.

All of it happens within the transaction that the caller has opened: a reader sees the file as it
was, or as it is then.
"""

from __future__ import annotations

import sqlite3
from itertools import islice
from typing import Any

from gradtui.core.errors import UsageError
from gradtui.core.frames import cut
from gradtui.core.records import Finding, Notice
from gradtui.runs import blocks, documents, sampled
from gradtui.runs.order import Place

REWOUND = "rewound"
"""The key in `meta` that counts how often: whoever reads along begins anew."""

STANDING = (
    "SELECT (SELECT value FROM meta WHERE key = ?),"
    " (SELECT coalesce(max(behind), 0) FROM frames),"
    " (SELECT coalesce(max(behind), 0) FROM samples),"
    " (SELECT coalesce(max(id), 0) FROM event),"
    " (SELECT coalesce(max(id), 0) FROM histograms)"
)


def standing(file: sqlite3.Connection) -> tuple[Any, Place]:
    """How often a run went back to a checkpoint, None for never; and how much there is now."""
    told, *counts = file.execute(STANDING, (REWOUND,)).fetchone()
    return None if told is None else documents.read(told), Place(*counts)


def place_of(file: sqlite3.Connection, number: int) -> Place:
    """How much there was when the checkpoint with this id was taken; 0 is the start of the run."""
    if not number:
        return Place()
    row = file.execute(
        "SELECT at, sampled, event FROM checkpoint WHERE id = ?", (number,)
    ).fetchone()
    if row is None:
        raise UsageError("the checkpoint is gone")
    at, taken, event = row
    (histograms,) = file.execute(
        "SELECT coalesce(max(id), 0) FROM histograms WHERE at <= ?", (at,)
    ).fetchone()
    return Place(at, taken, event, histograms)


def rewind(file: sqlite3.Connection, number: int, layers: int) -> None:
    """Take everything away that came behind a checkpoint, of a run with so many layers."""
    place = place_of(file, number)
    _cut_frames(file, place.rows, layers)
    _cut_samples(file, place.sampled, layers)
    for kind, behind in (("frames", place.rows), ("samples", place.sampled)):
        file.execute("DELETE FROM cells WHERE kind = ? AND behind > ?", (kind, behind))
    file.execute("DELETE FROM histograms WHERE id > ?", (place.histograms,))
    _cut_events(file, place.event, number)
    file.execute("DELETE FROM array WHERE checkpoint > ?", (number,))
    file.execute("DELETE FROM checkpoint WHERE id > ?", (number,))
    (known,) = file.execute(
        "SELECT coalesce(max(value), '0') FROM meta WHERE key = ?", (REWOUND,)
    ).fetchone()
    count = int(known) + 1 if str(known).isdecimal() else 1
    file.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (REWOUND, str(count)))


def _cut_frames(file: sqlite3.Connection, rows: int, layers: int) -> None:
    """Old blocks reach over a checkpoint; its first rows stay."""
    spanning = file.execute(
        "SELECT behind, count, branch, head, body FROM frames"
        " WHERE behind > ? AND behind - count < ?", (rows, rows),
    ).fetchone()  # fmt: skip
    file.execute("DELETE FROM frames WHERE behind > ?", (rows,))
    if spanning is None:
        return
    behind, count, branch, head, body = spanning
    whole = blocks.unpack_frame(head, body, branch, count, layers)
    frame = cut(whole, 0, rows - (behind - count))
    file.execute(
        "INSERT INTO frames VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
        (rows, len(frame.steps), branch, int(frame.steps[0]), int(frame.steps[-1]),
         *blocks.pack_frame(frame)),
    )  # fmt: skip


def _cut_samples(file: sqlite3.Connection, taken: int, layers: int) -> None:
    spanning = file.execute(
        "SELECT behind, count, branch, at, body FROM samples"
        " WHERE behind > ? AND behind - count < ?", (taken, taken),
    ).fetchone()  # fmt: skip
    file.execute("DELETE FROM samples WHERE behind > ?", (taken,))
    if spanning is None:
        return
    behind, count, branch, at, body = spanning
    found = sampled.unpack_samples(body, branch, count, layers)
    kept = list(islice(found, taken - (behind - count)))
    file.execute(
        "INSERT INTO samples VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
        (taken, len(kept), branch, kept[0].step, kept[-1].step, at,
         sampled.pack_samples(kept, cold=False)),
    )  # fmt: skip


def _cut_events(file: sqlite3.Connection, event: int, number: int) -> None:
    """A finding comes a moment late; one of the steps that stay is true still."""
    found = file.execute("SELECT step FROM checkpoint WHERE id = ?", (number,)).fetchone()
    step = found[0] if found else 0
    rows = file.execute("SELECT id, kind, body FROM event WHERE id > ?", (event,)).fetchall()
    for row, kind, body in rows:
        record = documents.read_record(kind, body) if kind in ("finding", "notice") else None
        if not (isinstance(record, Finding | Notice) and record.step < step):
            file.execute("DELETE FROM event WHERE id = ?", (row,))
