"""Frames as blobs, many at once, and back.

A hot block holds what came since the last commit, all digits kept. A cold one holds many steps:
scalars exactly, layer statistics within 0.25 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtui.core.frames import SCALARS, STATISTICS
from gradtui.core.records import Frame
from gradtui.core.scale import log10
from gradtui.runs import blobs
from gradtui.runs.blobs import Blob, BrokenError

MAX_STEP = 2**53
Array = NDArray[Any]


def kind(frame: Frame) -> tuple[Any, ...]:
    """Frames of one kind can lie in one block."""
    no_bias = None if frame.no_bias is None else frame.no_bias.tobytes()
    return frame.branch, frame.grad_norm is None, no_bias


def pack_frame(
    frame: Frame, cold: Mapping[str, Array | None] | None = None
) -> tuple[bytes, bytes | None]:
    """The scalars, and the layer statistics if there are any.

    `cold`: the `logs` of the statistics, which make a cold block of it.
    """
    code = blobs.PLAIN if cold is None else blobs.ZIP
    names = ("steps", *SCALARS)
    notes = {
        "seconds": frame.seconds, "probe_seconds": frame.probe_seconds, "merged": frame.merged,
    }  # fmt: skip
    head = blobs.pack({name: getattr(frame, name) for name in names}, notes, code=code)
    if frame.grad_norm is None:
        return head, None
    rows = {name: getattr(frame, name) for name in STATISTICS}
    rows = {name: row for name, row in rows.items() if row is not None}
    codes = {}
    if cold is not None:
        codes = {name: blobs.ZIP if cold[name] is None else blobs.LOG for name in rows}
        rows = {name: row if cold[name] is None else cold[name] for name, row in rows.items()}
    if frame.no_bias is not None:
        rows["no_bias"] = frame.no_bias
    return head, blobs.pack(rows, codes=codes)


def logs(row: Array) -> Array | None:
    """log10; None where a value is negative and has none."""
    if (row < 0).any():
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        coded: Array = np.log10(row)
    return coded


def unpack_scalars(head: bytes, branch: int, count: int) -> Frame:
    """A frame without layer statistics; `BrokenError` if it is not as it should be."""
    found = blobs.unpack(head)
    steps = column(found, "steps", (count,), "i")
    if count and (steps.min() < 0 or steps.max() > MAX_STEP or (np.diff(steps) <= 0).any()):
        raise BrokenError("steps that do not rise")
    scalars = {name: column(found, name, (count,), "f") for name in SCALARS}
    return Frame(
        branch=branch,
        steps=steps,
        seconds=_note(found, "seconds"),
        probe_seconds=_note(found, "probe_seconds"),
        merged=int(_note(found, "merged")),
        **scalars,  # type: ignore[arg-type]
    )


def unpack_logs(body: bytes, count: int, layers: int) -> dict[str, NDArray[np.float32]]:
    """log10 of the layer statistics [count, L], in float32, by their names."""
    found = blobs.unpack(body)
    return {
        name: column(found, name, (count, layers), "f").astype(np.float32)
        if name in found.logged
        else log10(column(found, name, (count, layers), "f"))
        for name in STATISTICS
        if name in found.columns
    }


def unpack_frame(head: bytes, body: bytes | None, branch: int, count: int, layers: int) -> Frame:
    """A whole frame."""
    frame = unpack_scalars(head, branch, count)
    if body is None:
        return frame
    found = blobs.unpack(body)
    rows = {
        name: linear(column(found, name, (count, layers), "f"), logged=name in found.logged)
        for name in STATISTICS
        if name in found.columns
    }
    if "no_bias" in found.columns:
        rows["no_bias"] = column(found, "no_bias", (layers,), "b")
    return Frame(**{**vars(frame), **rows})


def linear(values: Array, *, logged: bool) -> Array:
    if not logged:
        return values
    with np.errstate(over="ignore"):
        powers: Array = np.power(10.0, values.astype(np.float64))
    return powers


def column(found: Blob, name: str, shape: tuple[int, ...], kind: str) -> Array:
    values = found.columns.get(name)
    if values is None or values.shape != shape or values.dtype.kind != kind:
        raise BrokenError(f"{name} has another shape than the run")
    return values.astype({"f": np.float64, "i": np.int64, "b": np.bool_}[kind])


def _note(found: Blob, name: str) -> float:
    value = found.notes.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**62:
        raise BrokenError(f"{name} is no number")
    return value
