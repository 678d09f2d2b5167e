"""Steps folded into cells: what a screen needs of the past, a small part of what the past was."""

from __future__ import annotations

from collections.abc import Mapping
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


def pack(cells: Folded) -> bytes:
    """Magnitudes within 0.25 %."""
    columns: dict[str, NDArray[Any]] = {"first": cells.first, "rows": cells.rows}
    codes: dict[str, str] = {}
    for name, column in cells.quantities.items():
        for part in PARTS:
            columns[f"{name}.{part}"] = getattr(column, part)
            codes[f"{name}.{part}"] = blobs.SIGNED if name in LINEAR else blobs.LOG
        for part in FLAWS:
            if getattr(column, part) is not None:
                columns[f"{name}.{part}"] = getattr(column, part)
    return blobs.pack(columns, {"width": cells.width}, code=blobs.ZIP, codes=codes)


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
    names = dict.fromkeys(name.split(".")[0] for name in found.columns if "." in name)
    width = found.notes.get("width")
    if width not in LEVELS:
        raise BrokenError("cells of an unknown width")
    return Folded(
        branch=branch,
        width=width,
        first=first,
        rows=rows,
        quantities={name: _cells(found, name, len(first), layers) for name in names},
    )


def _cells(found: Blob, name: str, count: int, layers: int) -> Cells:
    parts = [found.columns.get(f"{name}.{part}") for part in PARTS]
    flaws = [found.columns.get(f"{name}.{part}") for part in FLAWS]
    shape = (count, layers)
    if name == "signal_time" and parts[0] is not None and parts[0].ndim == 2:
        shape = (count, parts[0].shape[1])
    if any(p is None or p.shape != shape or p.dtype != np.float32 for p in parts):
        raise BrokenError(f"cells of {name!r:.40} with another shape than the run")
    if any(f is not None and (f.shape != shape or f.dtype != np.int32) for f in flaws):
        raise BrokenError(f"cells of {name!r:.40} with another shape than the run")
    mean, low, high, last = parts
    return Cells(mean, low, high, last, *flaws)  # type: ignore[arg-type]
