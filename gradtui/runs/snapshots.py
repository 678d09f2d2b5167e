"""Histograms in the file: snapshots that thin out evenly, as those of a run state do."""

from __future__ import annotations

import sqlite3
from typing import Any

import numpy as np

from gradtui.core.histograms import KINDS
from gradtui.core.records import Histograms
from gradtui.core.spread import Spread
from gradtui.runs import blobs
from gradtui.runs.blobs import BrokenError

COUNTS = ("counts", "zeros", "infs", "nans")
VALUES = ("low", "high", "mean", "std")
DTYPES = {"counts": np.uint32, "zeros": np.int64, "infs": np.int64, "nans": np.int64}
MOST = 128
"""Snapshots of a run."""


class Snapshots:
    """Keeps the newest one of each span of steps; the spans grow with the run."""

    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file
        self._width = 1
        rows = file.execute("SELECT id, branch, step FROM histograms ORDER BY id")
        self._kept: list[tuple[int, tuple[int, int, int]]] = [
            (number, (branch, 0, step)) for number, branch, step in rows
        ]

    def keep(self, record: Histograms, at: int, segment: int) -> None:
        """Within the caller's transaction. `segment`: the step of the last intervention."""
        place = (record.branch, segment, record.step - segment)
        if self._kept and self._cell(self._kept[-1][1]) == self._cell(place):
            self._drop(self._kept.pop()[0])
        made = self._file.execute(
            "INSERT INTO histograms (at, branch, step, body) VALUES (?, ?, ?, ?)",
            (at, record.branch, record.step, pack(record)),
        ).lastrowid
        self._kept.append((int(made or 0), place))
        if len(self._kept) > MOST:
            self._thin()

    def _cell(self, place: tuple[int, int, int]) -> tuple[int, int, int]:
        return place[0], place[1], place[2] // self._width

    def _thin(self) -> None:
        goal, longest = 3 * MOST // 4, max(place[2] for _, place in self._kept)
        while len(self._kept) > goal and self._width <= longest:
            self._width *= 2
            newest = {self._cell(place): (number, place) for number, place in self._kept}
            self._only(list(newest.values()))
        self._only(self._kept[-goal:])

    def _only(self, kept: list[tuple[int, tuple[int, int, int]]]) -> None:
        stay = {number for number, _ in kept}
        for number, _ in self._kept:
            if number not in stay:
                self._drop(number)
        self._kept = kept

    def _drop(self, number: int) -> None:
        self._file.execute("DELETE FROM histograms WHERE id = ?", (number,))


def pack(record: Histograms) -> bytes:
    """All digits, deflated."""
    columns: dict[str, Any] = {}
    for kind in KINDS:
        spread: Spread = getattr(record, kind)
        columns |= {f"{kind}.{name}": getattr(spread, name) for name in COUNTS + VALUES}
    return blobs.pack(columns, code=blobs.ZIP)


def unpack(body: bytes, branch: int, step: int, layers: int) -> Histograms:
    """The record again; `BrokenError` if it is not as it should be."""
    found = blobs.unpack(body).columns
    spreads = {}
    for kind in KINDS:
        fields = {}
        for name in COUNTS + VALUES:
            column = found.get(f"{kind}.{name}")
            axes = 2 if name == "counts" else 1
            dtype = DTYPES.get(name, np.float64)
            if column is None or column.ndim != axes or len(column) != layers:
                raise BrokenError(f"a histogram whose {name} have another shape than the run")
            if column.dtype != dtype or not column.size:
                raise BrokenError(f"a histogram whose {name} are other numbers")
            fields[name] = column
        spreads[kind] = Spread(**fields)
    if not 0 <= step < 2**53:
        raise BrokenError("a histogram of no step")
    weights, gradients, activations = (spreads[kind] for kind in KINDS)
    return Histograms(
        branch=branch, step=step, weights=weights, gradients=gradients, activations=activations
    )
