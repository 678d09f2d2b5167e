"""Frames and samples as blobs, many at once, and back.

A hot block holds what came since the last commit, all digits kept. A cold one holds many steps:
scalars exactly, layer statistics within 0.25 %.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtui.core.prediction import Prediction
from gradtui.core.records import Frame, Sample
from gradtui.core.scale import log10
from gradtui.runs import blobs
from gradtui.runs.blobs import Blob, BrokenError

SCALARS = ("loss", "accuracy", "penalty")
STATISTICS = ("grad_norm", "weight_norm", "update_ratio", "bias_rms")
MAGNITUDES = ("signal", "activation_std")
PLAIN = ("activation_mean", "dead", "saturated")
MAX_STEP = 2**53
Array = NDArray[Any]


def alike(one: Frame, two: Frame) -> bool:
    """Whether both can lie in one block."""
    if one.branch != two.branch or (one.grad_norm is None) != (two.grad_norm is None):
        return False
    a, b = one.no_bias, two.no_bias
    return (a is None and b is None) or (a is not None and b is not None and np.array_equal(a, b))


def joined(frames: Sequence[Frame]) -> Frame:
    """Frames that are alike and follow each other as one."""
    if len(frames) == 1:
        return frames[0]
    last = frames[-1]
    columns = {
        name: None
        if getattr(last, name) is None
        else np.concatenate([getattr(frame, name) for frame in frames])
        for name in ("steps", *SCALARS, *STATISTICS)
    }
    return Frame(
        run=last.run,
        branch=last.branch,
        no_bias=last.no_bias,
        seconds=sum(frame.seconds for frame in frames),
        probe_seconds=sum(frame.probe_seconds for frame in frames),
        merged=sum(frame.merged for frame in frames),
        **columns,  # type: ignore[arg-type]
    )


def cut(frame: Frame, start: int, stop: int) -> Frame:
    """Some rows of a frame; what it took is shared out."""
    count = len(frame.steps)
    if (start, stop) == (0, count):
        return frame
    share = (stop - start) / count
    columns = {
        name: None if getattr(frame, name) is None else getattr(frame, name)[start:stop]
        for name in ("steps", *SCALARS, *STATISTICS)
    }
    return Frame(
        run=frame.run,
        branch=frame.branch,
        no_bias=frame.no_bias,
        seconds=frame.seconds * share,
        probe_seconds=frame.probe_seconds * share,
        merged=frame.merged if stop == count else 0,
        **columns,  # type: ignore[arg-type]
    )


def pack_frame(frame: Frame, *, cold: bool) -> tuple[bytes, bytes | None]:
    """The scalars, and the layer statistics if there are any."""
    code = blobs.ZIP if cold else blobs.PLAIN
    names = ("steps", *SCALARS)
    notes = {
        "seconds": frame.seconds, "probe_seconds": frame.probe_seconds, "merged": frame.merged,
    }  # fmt: skip
    head = blobs.pack({name: getattr(frame, name) for name in names}, notes, code=code)
    if frame.grad_norm is None:
        return head, None
    rows = {name: getattr(frame, name) for name in STATISTICS}
    rows = {name: row for name, row in rows.items() if row is not None}
    if cold:
        coded = {name: _logs(row) for name, row in rows.items()}
        codes = {name: blobs.LOG if logs is not None else blobs.ZIP for name, logs in coded.items()}
        rows = {name: rows[name] if logs is None else logs for name, logs in coded.items()}
    else:
        codes = {}
    if frame.no_bias is not None:
        rows["no_bias"] = frame.no_bias
    return head, blobs.pack(rows, codes=codes)


def _logs(row: Array) -> Array | None:
    """log10; None where a value is negative and has none."""
    if (row < 0).any():
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        logs: Array = np.log10(row)
    return logs


def unpack_scalars(head: bytes, branch: int, count: int) -> Frame:
    """A frame without layer statistics; `BrokenError` if it is not as it should be."""
    found = blobs.unpack(head)
    steps = _column(found, "steps", (count,), "i")
    if count and (steps.min() < 0 or steps.max() > MAX_STEP or (np.diff(steps) <= 0).any()):
        raise BrokenError("steps that do not rise")
    scalars = {name: _column(found, name, (count,), "f") for name in SCALARS}
    return Frame(
        branch=branch,
        steps=steps,
        seconds=_note(found, "seconds"),
        probe_seconds=_note(found, "probe_seconds"),
        merged=int(_note(found, "merged")),
        **scalars,
    )


def unpack_logs(body: bytes, count: int, layers: int) -> dict[str, NDArray[np.float32]]:
    """log10 of the layer statistics [count, L], in float32, by their names."""
    found = blobs.unpack(body)
    coded = _coded(body)
    return {
        name: _column(found, name, (count, layers), "f").astype(np.float32)
        if name in coded
        else log10(_column(found, name, (count, layers), "f"))
        for name in STATISTICS
        if name in found.columns
    }


def unpack_frame(head: bytes, body: bytes | None, branch: int, count: int, layers: int) -> Frame:
    """A whole frame."""
    frame = unpack_scalars(head, branch, count)
    if body is None:
        return frame
    found, coded = blobs.unpack(body), _coded(body)
    rows = {
        name: _linear(_column(found, name, (count, layers), "f"), coded=name in coded)
        for name in STATISTICS
        if name in found.columns
    }
    if "no_bias" in found.columns:
        rows["no_bias"] = _column(found, "no_bias", (layers,), "b")
    return Frame(**{**vars(frame), **rows})


def _coded(body: bytes) -> frozenset[str]:
    return frozenset(blobs.codes(body, blobs.LOG))


def _linear(column: Array, *, coded: bool) -> Array:
    if not coded:
        return column
    with np.errstate(over="ignore"):
        linear: Array = np.power(10.0, column.astype(np.float64))
    return linear


def _column(found: Blob, name: str, shape: tuple[int, ...], kind: str) -> Array:
    column = found.columns.get(name)
    if column is None or column.shape != shape or column.dtype.kind != kind:
        raise BrokenError(f"{name} has another shape than the run")
    return column.astype({"f": np.float64, "i": np.int64, "b": np.bool_}[kind])


def _note(found: Blob, name: str) -> float:
    value = found.notes.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**62:
        raise BrokenError(f"{name} is no number")
    return value


def pack_samples(samples: Sequence[Sample], *, cold: bool) -> bytes:
    """Samples of which all or none have a theory and a signal through time."""
    code = blobs.ZIP if cold else blobs.PLAIN
    columns: dict[str, Array] = {"step": np.array([s.step for s in samples], np.int64)}
    columns |= {name: np.stack([getattr(s, name) for s in samples]) for name in MAGNITUDES + PLAIN}
    if samples[0].signal_time is not None:
        columns["signal_time"] = np.stack([np.asarray(s.signal_time) for s in samples])
    theories = [s.theory for s in samples if s.theory is not None]
    if theories:
        columns["theory"] = np.stack([theory.signal for theory in theories])
        columns["phase"] = np.array([[t.limit, t.sigma_w, t.sigma_b] for t in theories])
    codes = {}
    if cold:
        for name in ("signal", "activation_std", "signal_time", "theory"):
            logs = _logs(columns[name]) if name in columns else None
            if logs is not None:
                columns[name], codes[name] = logs, blobs.LOG
        columns |= {name: columns[name].astype(np.float32) for name in PLAIN}
    columns["zero"] = np.stack([s.zero for s in samples])
    return blobs.pack(columns, code=code, codes=codes)


def kindred(one: Sample, two: Sample) -> bool:
    """Whether both can lie in one block."""
    sizes = [None if s.signal_time is None else len(s.signal_time) for s in (one, two)]
    return (
        one.branch == two.branch
        and (one.theory is None) == (two.theory is None)
        and sizes[0] == sizes[1]
    )


def unpack_samples(body: bytes, branch: int, count: int, layers: int) -> Iterator[Sample]:
    """The samples of a block, in order; `BrokenError` if it is not as it should be."""
    found, coded = blobs.unpack(body), _coded(body)
    shape = (count, layers)
    steps = _column(found, "step", (count,), "i")
    if count and (steps.min() < 0 or steps.max() > MAX_STEP):
        raise BrokenError("steps that cannot be")
    rows = {
        name: _linear(_column(found, name, shape, "f"), coded=name in coded)
        for name in MAGNITUDES + PLAIN
    }
    rows["zero"] = _column(found, "zero", shape, "b")
    time = found.columns.get("signal_time")
    if time is not None:
        if time.ndim != 2:
            raise BrokenError("signal_time has another shape than the run")
        time = _column(found, "signal_time", (count, time.shape[1]), "f")
        rows["signal_time"] = _linear(time, coded="signal_time" in coded)
    theory = phase = None
    if "theory" in found.columns:
        theory = _linear(_column(found, "theory", shape, "f"), coded="theory" in coded)
        phase = _column(found, "phase", (count, 3), "f")
    for i in range(count):
        predicted = None
        if theory is not None and phase is not None:
            limit, sigma_w, sigma_b = phase[i].tolist()
            predicted = Prediction(signal=theory[i], limit=limit, sigma_w=sigma_w, sigma_b=sigma_b)
        fields = {name: row[i] for name, row in rows.items()}
        yield Sample(branch=branch, step=int(steps[i]), theory=predicted, **fields)
