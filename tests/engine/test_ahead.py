"""Who looks on through the run's file sees steps at once, and the reader's frames stay the same."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gradtui.core.outbox import Outbox
from gradtui.core.records import Frame, Record, Sample
from gradtui.engine import recorder
from gradtui.engine.trainer import Trainer
from gradtui.runs.reader import RunFile
from tests.engine.nets import of, small_spec
from tests.runs.runfiles import rows, write

TIMES = ("seconds", "probe_seconds")


def told(*, tapped: bool) -> tuple[list[Record], list[Record]]:
    """What the reader of a short run gets, and what its tap does."""
    spec = replace(
        small_spec("batch_size=8"), steps=240, sample_every=7,
        script=((20, "activation", "relu"), (190, "norm", "layer")),
    )  # fmt: skip
    outbox = Outbox(10**6, lossless=True)
    ahead: list[Record] = []
    if tapped:
        outbox.tap = ahead.append
    Trainer(spec, outbox).run()
    return outbox.drain(), ahead


def same(one: Record, two: Record) -> None:
    assert type(one) is type(two)
    for field in dataclasses.fields(one):
        if field.name not in TIMES:
            np.testing.assert_array_equal(getattr(one, field.name), getattr(two, field.name))


@pytest.mark.parametrize("wait", [0.0, 1e9])
def test_sent_ahead_or_not_the_reader_gets_the_same_frames(
    wait: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "AHEAD", wait)
    alone, _ = told(tapped=False)
    reader, tap = told(tapped=True)
    assert len(reader) == len(alone)
    for one, two in zip(reader, alone, strict=True):
        same(one, two)
    lengths = [len(frame.steps) for frame in of(Frame, reader)]
    assert max(lengths) == recorder.STEPS * recorder.MORE
    if wait:
        assert [len(frame.steps) for frame in of(Frame, tap)] == lengths
    else:
        assert {len(frame.steps) for frame in of(Frame, tap)} == {1}
    for name in ("steps", "loss", "grad_norm", "update_ratio"):
        assert rows(tap, name).tobytes() == rows(reader, name).tobytes()


def test_the_file_of_steps_that_were_sent_ahead_is_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "AHEAD", 0.0)
    reader, tap = told(tapped=True)
    path = tmp_path / "a.gradtui"
    write(path, tap, layers=len(of(Sample, tap)[0].signal))
    with RunFile(path) as file:
        kept = list(file.records())
    assert rows(kept, "loss").tobytes() == rows(reader, "loss").tobytes()
    made = 0
    for record in kept:
        if isinstance(record, Frame):
            made = int(record.steps[-1]) + 1
        elif isinstance(record, Sample):
            assert record.step >= made
