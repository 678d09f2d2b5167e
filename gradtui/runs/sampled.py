"""Samples as blobs, many at once, and back; hot and cold as frames are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtui.core.prediction import Prediction
from gradtui.core.records import Sample
from gradtui.core.scale import log10
from gradtui.runs import blobs, blocks
from gradtui.runs.blobs import BrokenError

MAGNITUDES = ("signal", "activation_std")
PLAIN = ("activation_mean", "dead", "saturated")
Array = NDArray[Any]


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
            logs = blocks.logs(columns[name]) if name in columns else None
            if logs is not None:
                columns[name], codes[name] = logs, blobs.LOG
        codes |= dict.fromkeys(PLAIN, blobs.SIGNED)
    columns["zero"] = np.stack([s.zero for s in samples])
    return blobs.pack(columns, code=code, codes=codes)


def kind(sample: Sample) -> tuple[Any, ...]:
    """Samples of one kind can lie in one block."""
    times = None if sample.signal_time is None else len(sample.signal_time)
    return sample.branch, sample.theory is None, times


def unpack_samples(body: bytes, branch: int, count: int, layers: int) -> Iterator[Sample]:
    """The samples of a block, in order; `BrokenError` if it is not as it should be."""
    found = blobs.unpack(body)
    shape = (count, layers)
    steps = blocks.column(found, "step", (count,), "i")
    if count and (steps.min() < 0 or steps.max() > blocks.MAX_STEP):
        raise BrokenError("steps that cannot be")
    rows = {
        name: blocks.linear(blocks.column(found, name, shape, "f"), logged=name in found.logged)
        for name in MAGNITUDES + PLAIN
    }
    rows["zero"] = blocks.column(found, "zero", shape, "b")
    time = found.columns.get("signal_time")
    if time is not None:
        if time.ndim != 2:
            raise BrokenError("signal_time has another shape than the run")
        time = blocks.column(found, "signal_time", (count, time.shape[1]), "f")
        rows["signal_time"] = blocks.linear(time, logged="signal_time" in found.logged)
    theory = phase = None
    if "theory" in found.columns:
        theory = blocks.linear(
            blocks.column(found, "theory", shape, "f"), logged="theory" in found.logged
        )
        phase = blocks.column(found, "phase", (count, 3), "f")
    for i in range(count):
        predicted = None
        if theory is not None and phase is not None:
            limit, sigma_w, sigma_b = phase[i].tolist()
            predicted = Prediction(signal=theory[i], limit=limit, sigma_w=sigma_w, sigma_b=sigma_b)
        fields = {name: row[i] for name, row in rows.items()}
        yield Sample(branch=branch, step=int(steps[i]), theory=predicted, **fields)


def unpack_rows(
    body: bytes, count: int, layers: int
) -> tuple[NDArray[np.int64], dict[str, NDArray[np.float32]]]:
    """The steps of a block of samples, and their values as histories have them."""
    found = blobs.unpack(body)
    rows = {}
    for name in (*MAGNITUDES, *PLAIN, "signal_time"):
        if name == "signal_time" and name not in found.columns:
            continue
        wide = found.columns[name].shape[1:] if name == "signal_time" else (layers,)
        column = blocks.column(found, name, (count, *wide), "f")
        if name in ("signal", "signal_time"):
            rows[name] = column.astype(np.float32) if name in found.logged else log10(column)
        else:
            rows[name] = blocks.linear(column, logged=name in found.logged).astype(np.float32)
    return blocks.column(found, "step", (count,), "i"), rows
