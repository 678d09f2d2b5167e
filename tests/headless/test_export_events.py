"""Event files, read back by TensorBoard itself, and their checksums by its own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import crc32c as reference
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

from gradtui.core.errors import UsageError
from gradtui.core.records import Applied, Eval, Frame, Histograms, Sample
from gradtui.core.spread import Spread
from gradtui.headless.export.events.crc import crc32c, masked
from tests.engine.nets import losses, of
from tests.headless.recordings import BEGAN, Recorded, export, frame, info, real, sample, undone

ALL: Mapping[str, int] = {"scalars": 0, "histograms": 0, "tensors": 0}


def read(folder: Path) -> EventAccumulator:
    """What TensorBoard makes of the folder, nothing thinned out."""
    found = EventAccumulator(str(folder), size_guidance=ALL)
    return found.Reload()


def values(events: EventAccumulator, tag: str) -> list[float]:
    return [event.value for event in events.Scalars(tag)]


def narrow(numbers: np.ndarray) -> list[float]:
    rounded: list[float] = numbers.astype(np.float32).astype(np.float64).tolist()
    return rounded


@given(st.binary(max_size=5000))
def test_the_checksum_is_the_one_that_tensorboard_knows(data: bytes) -> None:
    assert crc32c(data) == reference(data)
    assert masked(data) == masked_crc32c(data)


def test_the_checksums_of_the_standard() -> None:
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b"\xff" * 32) == 0x62A8AB43


def test_every_scalar_of_a_run_comes_back(tmp_path: Path) -> None:
    run = real("vanishing", "depth=3", steps=30, at=("10:activation=relu", "20:norm=layer"))
    events = read(export(run, tmp_path / "run", "tensorboard"))
    assert values(events, "loss/train") == narrow(losses(run.told))
    norms = np.concatenate([f.grad_norm for f in of(Frame, run.told)])
    signals = np.stack([s.signal for s in of(Sample, run.told)])
    for i, layer in enumerate(run.info.layers):
        assert values(events, f"grad_norm/{layer}") == narrow(norms[:, i])
        assert values(events, f"signal/{layer}") == narrow(signals[:, i])
    assert [e.step for e in events.Scalars("signal/fc1")] == [s.step for s in of(Sample, run.told)]
    assert values(events, "loss/test") == narrow(np.array([e.loss for e in of(Eval, run.told)]))
    assert len(values(events, "bias_rms/fc1")) == 20, "behind a norm a bias means nothing"
    assert len(values(events, "bias_rms/out")) == 30


def test_time_goes_by_as_the_frames_say(tmp_path: Path) -> None:
    told = (frame(0, 1), frame(2, 3, 4, 5))
    events = read(export(Recorded(info(), told), tmp_path / "run", "tensorboard"))
    times = [event.wall_time - BEGAN for event in events.Scalars("loss/train")]
    assert times == pytest.approx([0.25, 0.5, 0.625, 0.75, 0.875, 1.0], abs=1e-6)


def test_values_that_are_not_finite_come_back(tmp_path: Path) -> None:
    flaws = np.array([math.nan, math.inf, -math.inf, 1e300, 1e-300])
    told = (frame(*range(5), loss=flaws), sample(4, signal=np.array([math.nan, 0.0])))
    events = read(export(Recorded(info(), told), tmp_path / "run", "tensorboard"))
    expected = [math.nan, math.inf, -math.inf, math.inf, 0.0]
    np.testing.assert_array_equal(values(events, "loss/train"), expected)
    np.testing.assert_array_equal(values(events, "signal/fc1"), [math.nan])


def test_histograms_come_back(tmp_path: Path) -> None:
    numbers = np.random.default_rng(0).normal(3, 2, 1000)
    counts, edges = np.histogram(numbers, 16)
    none = np.zeros(16, np.uint32)
    spread = Spread(
        counts=np.stack([counts.astype(np.uint32), none]),
        low=np.array([edges[0], math.nan]), high=np.array([edges[-1], math.nan]),
        mean=np.array([numbers.mean(), math.nan]), std=np.array([numbers.std(), math.nan]),
        zeros=np.zeros(2, np.int64), infs=np.zeros(2, np.int64), nans=np.array([0, 7]),
    )  # fmt: skip
    told = (Histograms(step=5, weights=spread, gradients=spread, activations=spread),)
    events = read(export(Recorded(info(), told), tmp_path / "run", "tensorboard"))
    assert sorted(events.Tags()["histograms"]) == [
        "activations/fc1",
        "gradients/fc1",
        "weights/fc1",
    ]
    (event,) = events.Histograms("weights/fc1")
    found = event.histogram_value
    assert (event.step, found.num, list(found.bucket)) == (5, 1000, counts.tolist())
    assert list(found.bucket_limit) == pytest.approx(edges[1:].tolist())
    assert (found.min, found.max) == (numbers.min(), numbers.max())
    assert found.sum == pytest.approx(numbers.sum())
    assert found.sum_squares == pytest.approx((numbers**2).sum())


def test_names_and_text_cannot_speak_to_a_terminal(tmp_path: Path) -> None:
    told = (frame(0), Applied(step=1, knob="k\x1b[0m", old="ä", value="\ud800"))
    events = read(
        export(Recorded(info("\x1b]0;x\x07", "out"), told), tmp_path / "run", "tensorboard")
    )
    assert "grad_norm/\\x1b]0;x\\x07" in events.Tags()["scalars"]
    (text,) = events.Tensors("interventions")
    assert text.tensor_proto.string_val[0].decode() == "k\\x1b[0m ä → \\ud800"


def test_the_newest_branch_alone(tmp_path: Path) -> None:
    events = read(export(undone(), tmp_path / "run", "tensorboard"))
    assert [(e.step, e.value) for e in events.Scalars("loss/train")] == [(i, i) for i in range(8)]


def test_an_empty_run_is_an_event_file(tmp_path: Path) -> None:
    assert read(export(Recorded(info()), tmp_path / "run", "tensorboard")).Tags()["scalars"] == []


def test_a_run_is_not_drawn_twice(tmp_path: Path) -> None:
    folder = export(undone(), tmp_path / "run", "tensorboard")
    with pytest.raises(UsageError, match="exists; --force replaces it"):
        export(undone(), folder)
    export(undone(), folder, force=True)
    assert len(values(read(folder), "loss/train")) == 8
    other = Recorded(info(), (frame(0),), began=BEGAN + 1)
    with pytest.raises(UsageError, match="event files of another run"):
        export(other, folder, force=True)
