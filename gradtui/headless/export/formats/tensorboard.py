"""A folder with one event file, as `tensorboard --logdir` reads it.

Scalars `loss/train`, `loss/test`, `loss/penalty`, `accuracy/train`, `accuracy/test`, and
STATISTIC/LAYER: `signal/fc1`, `grad_norm/fc1`, …; histograms `weights/fc1`, `gradients/fc1`
(log10 of their size), `activations/fc1`; text `interventions` and `findings`. TensorBoard keeps
scalars as float32: a signal below 1e-45 is 0 there.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from gradtui.core.errors import UsageError
from gradtui.core.records import (
    Applied,
    Eval,
    Finding,
    Floats,
    Frame,
    Histograms,
    Record,
    Sample,
)
from gradtui.core.text import printable
from gradtui.headless.export.events import protobuf
from gradtui.headless.export.events.crc import masked
from gradtui.headless.export.format import Format
from gradtui.headless.export.recording import Recording, followed, newest_info
from gradtui.headless.export.staging import Staging

Mask = NDArray[np.bool_]
SCALARS = {"loss": "loss/train", "accuracy": "accuracy/train", "penalty": "loss/penalty"}
PER_STEP = ("grad_norm", "weight_norm", "update_ratio", "bias_rms")
SAMPLED = ("signal", "activation_mean", "activation_std", "dead", "saturated")
UNDEFINED = ("dead", "saturated")
SPREADS = ("weights", "gradients", "activations")


def write(recording: Recording, path: Path, staging: Staging, every: int) -> None:
    if path.is_file():
        raise UsageError(f"{printable(str(path))} is a file; TensorBoard reads a folder.")
    staging.folder(path)
    # One name for one run: exported again, it replaces itself and is not drawn twice.
    file = path / f"events.out.tfevents.{int(recording.began)}.gradtui"
    others = sorted(p.name for p in path.glob("*tfevents*") if p.name != file.name)
    if others:
        raise UsageError(
            f"{printable(str(path))} holds event files of another run, {printable(others[0])!r}; "
            "name a folder of its own."
        )
    out = staging.binary(file)
    frame(out, protobuf.opening(recording.began))
    events = Events(newest_info(recording).layers, recording.began, every)
    for record in followed(recording):
        for event in events.of(record):
            frame(out, event)


def frame(out: BinaryIO, event: bytes) -> None:
    """A TFRecord: length, its checksum, the event, its checksum."""
    length = struct.pack("<Q", len(event))
    out.write(length + struct.pack("<I", masked(length)))
    out.write(event + struct.pack("<I", masked(event)))


class Events:
    """Turns records into events; time goes by as their frames say."""

    def __init__(self, layers: tuple[str, ...], began: float, every: int) -> None:
        self._layers, self._clock, self._every = layers, began, every
        self._scalars = protobuf.Scalars(map(_tag, SCALARS.values()))
        self._templates: dict[tuple[str, bytes], protobuf.Scalars] = {}

    def of(self, record: Record) -> Iterator[bytes]:
        match record:
            case Frame():
                yield from self._frame(record)
            case Sample():
                yield self._event(record.step, self._sample(record))
            case Histograms():
                yield self._event(record.step, self._histograms(record))
            case Eval():
                told = {"loss/test": record.loss, "accuracy/test": record.accuracy}
                if record.exact_match is not None:
                    told["exact_match/test"] = record.exact_match
                scalars = protobuf.Scalars(map(_tag, told))
                yield self._event(record.step, scalars.of([*told.values()]))
            case Applied():
                change = f"{record.knob} {record.old} → {record.value}"
                yield self._event(record.step, protobuf.text(b"interventions", printable(change)))
            case Finding():
                told_text = printable(f"{record.name}: {' '.join(record.evidence)}")
                yield self._event(record.step, protobuf.text(b"findings", told_text))

    def _event(self, step: int, summary: bytes) -> bytes:
        return protobuf.event(self._clock, step, summary)

    def _frame(self, record: Frame) -> Iterator[bytes]:
        """A step an event, its wall time a part of the frame's."""
        took = record.seconds / len(record.steps)
        for i, step in enumerate(record.steps.tolist()):
            self._clock += took
            if step % self._every == 0:
                yield self._event(step, self._step(record, i))

    def _step(self, record: Frame, i: int) -> bytes:
        numbers = [getattr(record, name)[i] for name in SCALARS]
        parts = [self._scalars.of(numbers)]
        for name in PER_STEP:
            rows: Floats | None = getattr(record, name)
            if rows is not None:
                blank = record.no_bias if name == "bias_rms" else None
                parts.append(self._row(name, rows[i], blank))
        return b"".join(parts)

    def _sample(self, record: Sample) -> bytes:
        parts = []
        for name in SAMPLED:
            row: Floats = getattr(record, name)
            parts.append(self._row(name, row, np.isnan(row) if name in UNDEFINED else None))
        return b"".join(parts)

    def _row(self, name: str, row: Floats, blank: Mask | None) -> bytes:
        """A scalar a layer; those that mean nothing are left out."""
        kept = None if blank is None or not blank.any() else ~blank
        key = (name, b"" if kept is None else kept.tobytes())
        if key not in self._templates:
            layers = self._layers if kept is None else np.array(self._layers, object)[kept]
            self._templates[key] = protobuf.Scalars(_tag(f"{name}/{layer}") for layer in layers)
        return self._templates[key].of(row if kept is None else row[kept])

    def _histograms(self, record: Histograms) -> bytes:
        values = []
        for name in SPREADS:
            spread = getattr(record, name)
            for i, layer in enumerate(self._layers):
                numbers = [
                    float(getattr(spread, part)[i]) for part in ("low", "high", "mean", "std")
                ]
                if all(map(math.isfinite, numbers)):
                    tag = _tag(f"{name}/{layer}")
                    values.append(protobuf.histogram(tag, spread.counts[i], *numbers))
        return b"".join(values)


def _tag(name: str) -> bytes:
    return printable(name).encode("utf-8", "backslashreplace")


entry = Format(
    name="tensorboard",
    sentence="a folder with an event file: scalars, histograms, text",
    ending="",
    write=write,
    text=False,
)
