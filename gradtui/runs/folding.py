"""Steps folded into cells: what a screen needs of the past, a small part of what the past was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtui.core.folds import Cells, Folded
from gradtui.runs import blobs
from gradtui.runs.blobs import Blob, BrokenError

LEVELS = (16, 64, 256, 1024)
"""Steps that a cell spans."""
LINEAR = ("activation_mean", "activation_std", "dead", "saturated")
"""Quantities that are kept as they are, and not as log10."""
PARTS = ("mean", "low", "high", "last")
FLAWS = ("zeros", "infs", "nans")
Rows = NDArray[np.float32]


def raw(steps: NDArray[np.int64], rows: Mapping[str, Rows], branch: int = 0) -> Folded:
    """Cells of one step each."""
    return Folded(
        branch=branch,
        width=1,
        first=steps,
        rows=np.ones(len(steps), np.int32),
        quantities={name: _single(column) for name, column in rows.items()},
    )


def _single(column: Rows) -> Cells:
    finite = np.isfinite(column)
    if finite.all():
        return Cells(column, column, column, column)
    kept = np.where(finite, column, np.float32(np.nan))
    flaws = (np.isneginf(column), np.isposinf(column), np.isnan(column))
    counts = [f.astype(np.int32) if f.any() else None for f in flaws]
    return Cells(kept, column, column, column, *counts)


def fold(cells: Folded, segment: int, width: int) -> Folded:
    """Wider cells, counted from the step `segment`."""
    places = (cells.first - segment) // width
    starts = np.flatnonzero(np.diff(places, prepend=-1))
    return Folded(
        branch=cells.branch,
        width=width,
        first=cells.first[starts],
        rows=np.add.reduceat(cells.rows, starts, dtype=np.int32),
        quantities={
            name: _folded(column, cells.rows, starts) for name, column in cells.quantities.items()
        },
    )


def _folded(cells: Cells, rows: NDArray[np.int32], starts: NDArray[np.intp]) -> Cells:
    ends = np.append(starts[1:], len(rows)) - 1
    flawed = [flaw for flaw in cells.flaws() if flaw is not None]
    if not flawed:
        count = np.add.reduceat(rows, starts)[:, None].astype(np.float32)
        total = np.add.reduceat(cells.mean * rows[:, None].astype(np.float32), starts, axis=0)
        mean = total / count
    else:
        known = rows[:, None] - sum(flawed)
        weighted = np.where(known > 0, cells.mean * known, 0).astype(np.float32)
        count = np.add.reduceat(known, starts, axis=0)
        total = np.add.reduceat(weighted, starts, axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(count > 0, total / count, np.nan).astype(np.float32)
    return Cells(
        mean.astype(np.float32),
        np.fmin.reduceat(cells.low, starts, axis=0),
        np.fmax.reduceat(cells.high, starts, axis=0),
        cells.last[ends],
        *(
            None if f is None else np.add.reduceat(f, starts, axis=0, dtype=np.int32)
            for f in cells.flaws()
        ),
    )


def joined(folds: Sequence[Folded]) -> Folded:
    """Cells that follow each other without an intervention between them, as one record."""
    if len(folds) == 1:
        return folds[0]
    last = folds[-1]
    return replace(
        last,
        first=np.concatenate([fold.first for fold in folds]),
        rows=np.concatenate([fold.rows for fold in folds]),
        quantities={
            name: _beneath([f.quantities[name] for f in folds]) for name in last.quantities
        },
    )


def _beneath(cells: Sequence[Cells]) -> Cells:
    parts = [np.concatenate([getattr(c, part) for c in cells]) for part in PARTS]
    flaws: list[NDArray[np.int32] | None] = []
    for part in FLAWS:
        found = [getattr(c, part) for c in cells]
        if all(flaw is None for flaw in found):
            flaws.append(None)
            continue
        none = [np.zeros(c.mean.shape, np.int32) for c in cells]
        whole = [zero if flaw is None else flaw for flaw, zero in zip(found, none, strict=True)]
        flaws.append(np.concatenate(whole))
    return Cells(*parts, *flaws)


def pack(cells: Folded) -> bytes:
    """Magnitudes within 0.25 %. All quantities side by side: one column is read fastest."""
    columns: dict[str, NDArray[Any]] = {"first": cells.first, "rows": cells.rows}
    places: dict[str, list[list[Any]]] = {"logs": [], "signed": [], "flaws": []}
    sides: dict[str, list[NDArray[Any]]] = {"logs": [], "signed": [], "flaws": []}
    for name, column in cells.quantities.items():
        kind = "signed" if name in LINEAR else "logs"
        places[kind].append([name, column.mean.shape[1]])
        sides[kind] += [getattr(column, part) for part in PARTS]
        for part in FLAWS:
            flaw = getattr(column, part)
            if flaw is not None:
                places["flaws"].append([f"{name}.{part}", column.mean.shape[1]])
                sides["flaws"].append(flaw)
    columns |= {kind: np.concatenate(parts, axis=1) for kind, parts in sides.items() if parts}
    codes = {"logs": blobs.LOG, "signed": blobs.SIGNED}
    notes = {"width": cells.width} | places
    return blobs.pack(columns, notes, code=blobs.ZIP, codes=codes)


def unpack(body: bytes, branch: int, layers: int) -> Folded:
    """The cells again; `BrokenError` if they are not as they should be."""
    found = blobs.unpack(body)
    first, rows = found.columns.get("first"), found.columns.get("rows")
    if first is None or rows is None or first.ndim != 1 or first.shape != rows.shape:
        raise BrokenError("cells without steps")
    if first.dtype != np.int64 or rows.dtype != np.int32 or len(first) == 0:
        raise BrokenError("cells with other numbers than steps")
    if first[0] < 0 or first[-1] > 2**53 or (np.diff(first) <= 0).any() or rows.min() < 1:
        raise BrokenError("cells whose steps do not rise")
    width = found.notes.get("width")
    if width not in LEVELS:
        raise BrokenError("cells of an unknown width")
    flaws = dict(_sides(found, "flaws", len(first), layers, np.dtype(np.int32), 1))
    quantities = {}
    for kind in ("logs", "signed"):
        for name, parts in _sides(found, kind, len(first), layers, np.dtype(np.float32), 4):
            known = [flaws.get(f"{name}.{part}", [None])[0] for part in FLAWS]
            if any(f is not None and f.shape != parts[0].shape for f in known):
                raise BrokenError(f"cells of {name!r:.40} with another shape than the run")
            quantities[name] = Cells(*parts, *known)
    return Folded(branch=branch, width=width, first=first, rows=rows, quantities=quantities)


def _sides(
    found: Blob, kind: str, count: int, layers: int, dtype: np.dtype[Any], parts: int
) -> Iterator[tuple[str, list[NDArray[Any]]]]:
    """What lies side by side in a column, by name."""
    places, column = found.notes.get(kind), found.columns.get(kind)
    if places == [] and column is None:
        return
    if not isinstance(places, list) or column is None or column.ndim != 2:
        raise BrokenError("cells without names")
    if len(column) != count or column.dtype != dtype:
        raise BrokenError("cells with another shape than the run")
    at = 0
    for place in places:
        if not (isinstance(place, list) and len(place) == 2 and isinstance(place[0], str)):
            raise BrokenError("cells without names")
        name, wide = place
        if wide != layers and not (name.startswith("signal_time") and type(wide) is int):
            raise BrokenError(f"cells of {name!r:.40} with another shape than the run")
        ends = [at + wide * i for i in range(parts + 1)]
        if not 0 < wide <= column.shape[1] or ends[-1] > column.shape[1]:
            raise BrokenError(f"cells of {name!r:.40} with another shape than the run")
        yield name, [column[:, i:j] for i, j in pairwise(ends)]
        at = ends[-1]
