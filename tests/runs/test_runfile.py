"""A run goes to its file and comes back: exactly, or as near as was promised."""

from __future__ import annotations

import dataclasses
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gradtui.core import records as core
from gradtui.core.commands import Pause, Resume, Set, Step, Stop
from gradtui.core.records import Applied, Eval, Finding, Frame, Info, Notice, Record, Sample, State
from gradtui.core.state import RunState
from gradtui.runs import documents, specs
from gradtui.runs.lock import RunLock
from gradtui.runs.order import Place
from gradtui.runs.reader import RunFile
from gradtui.runs.tables import Tables
from tests.engine.nets import of, small_spec, train
from tests.runs.runfiles import LAYERS, about, made_up, rows, write

SCALARS = ("steps", "loss", "accuracy", "penalty")
STATISTICS = ("grad_norm", "weight_norm", "update_ratio", "bias_rms")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.gradtui"


def test_a_short_run_comes_back_bit_by_bit(path: Path) -> None:
    spec = replace(
        small_spec(), steps=90, script=((20, "activation", "relu"), (33, "norm", "layer"))
    )
    _, told = train(spec)
    write(path, told)
    with RunFile(path) as file:
        back = list(file.records())
        assert file.info == replace(of(Info, told)[0], run="a")
    for name in (*SCALARS, *STATISTICS):
        assert rows(back, name).tobytes() == rows(told, name).tobytes()
    for kind in (Eval, Applied, State, Notice):
        assert of(kind, back) == of(kind, told)
    assert len(of(Sample, back)) == len(of(Sample, told))
    for one, two in zip(of(Sample, back), of(Sample, told), strict=True):
        for field in dataclasses.fields(Sample):
            np.testing.assert_array_equal(getattr(one, field.name), getattr(two, field.name))
    # A marker lies between the steps that it parts, a sample before the frame of its step.
    made = 0
    for record in back:
        if isinstance(record, Frame):
            assert record.steps[0] == made
            made = int(record.steps[-1]) + 1
        elif isinstance(record, Applied):
            assert record.step == made
        elif isinstance(record, Sample):
            assert record.step >= made


def test_what_is_in_the_file_is_not_kept_in_memory_too(path: Path) -> None:
    tables = Tables(path, about(), {"spec": specs.document(small_spec())})
    records = [record for record in made_up(40) if isinstance(record, Frame | Sample)]
    held = [weakref.ref(record) for record in records]
    tables.write(records)
    del records
    assert not any(ref() for ref in held)
    tables.close()


def test_old_steps_are_within_half_a_percent_and_spikes_are_kept(path: Path) -> None:
    told = list(made_up(7000, marks=(1500, 1501, 4000)))
    write(path, told)
    with RunFile(path) as file:
        back = list(file.records())
        cold = file.file.execute("SELECT count(*) FROM frames WHERE cold").fetchone()[0]
    assert cold >= 4
    for name in SCALARS:
        assert rows(back, name).tobytes() == rows(told, name).tobytes()
    for name in STATISTICS:
        was, now = rows(told, name), rows(back, name)
        np.testing.assert_allclose(now, was, rtol=0.005)
        assert (now[-1024:] == was[-1024:]).all() or np.isnan(was[-1024:]).any()
    assert rows(back, "grad_norm").max() > 0.99e9
    signals = [np.stack([s.signal for s in of(Sample, records)]) for records in (told, back)]
    np.testing.assert_allclose(signals[1], signals[0], rtol=0.005)


@pytest.mark.parametrize("marks", [(), (300,), (5000, 5003, 20_000)])
def test_a_screen_that_comes_late_knows_what_one_that_was_there_knows(
    path: Path, marks: tuple[int, ...]
) -> None:
    told = list(made_up(30_000, marks=marks, every=50))
    write(path, told)
    there = RunState(about())
    there.reduce(told)
    with RunFile(path) as file:
        late = RunState(file.info)
        late.reduce(file.overview()[0])
    assert (late.step, late.loss, late.accuracy) == (there.step, there.loss, there.accuracy)
    assert late.markers == there.markers
    assert late.ghost is None if there.ghost is None else late.ghost is not None
    assert [s.step for s in late.recent] == [s.step for s in there.recent]
    np.testing.assert_allclose(late.train_loss.mean, there.train_loss.mean, rtol=1e-5)
    for name, was in there.quantities.items():
        now = late.quantities[name]
        assert (now.width, now.size, now.total) == (was.width, was.size, was.total), name
        for part in ("first", "zeros", "infs", "nans", "count"):
            np.testing.assert_array_equal(getattr(now, part), getattr(was, part), err_msg=name)
        rtol, atol = (1e-7, 0.0025) if was.log else (0.005, 1e-6)
        for part in ("mean", "low", "high", "last"):
            found, known = getattr(now, part), getattr(was, part)
            if not was.log and part == "mean":
                rtol = atol = 0.01  # a mean of either sign may be near 0
            np.testing.assert_allclose(found, known, rtol, atol, err_msg=f"{name} {part}")


def test_what_comes_later_follows_without_a_gap(path: Path) -> None:
    told = list(made_up(4000, marks=(700,)))
    half = len(told) // 2
    write(path, told[:half])
    lock = RunLock(path)
    lock.acquire()  # a file that nobody trains does not change
    with RunFile(path) as file:
        before, place = file.overview()
        write(path, told[half:], at_once=3)
        news = file.since(place)
        assert news is not None
        after, end = news
        assert file.since(end) == ([], end)
    lock.release()
    whole = np.concatenate([rows(before, "loss"), rows(after, "loss")])
    assert whole.tobytes() == rows(told, "loss").tobytes()
    assert of(Applied, before + after) == of(Applied, told)


def test_every_record_is_kept_or_known_not_to_be() -> None:
    kinds = {kind for kind in vars(core).values() if isinstance(kind, type)}
    kinds = {kind for kind in kinds if issubclass(kind, Record)} - {Record}
    blocks = {core.Frame, core.Sample, core.Histograms}
    assert kinds <= set(documents.FIELDS) | blocks
    for kind, fields in documents.FIELDS.items():
        names = {field.name for field in dataclasses.fields(kind)}
        kept = {*fields, *documents.COMMON}
        assert names - kept <= {"recording", "undone"}, kind  # a screen's own marks


@pytest.mark.parametrize("number", ["1e400", "1" + "0" * 400, "true", '"much"'])
def test_a_number_that_no_float_holds_is_refused(number: str) -> None:
    text = f'{{"step": 0, "when": "end", "accuracy": 0.5, "loss": {number}}}'
    with pytest.raises(documents.UnreadableError, match="is no number"):
        documents.read_record("eval", text)


def test_data_that_has_a_name_is_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("digits", "mine.csv"):
        (tmp_path / name).mkdir()
    assert specs.document(small_spec())["data"] == "digits"
    kept = specs.document(replace(small_spec(), data="mine.csv"))["data"]
    assert kept == str(tmp_path / "mine.csv")


def test_documents_come_back() -> None:
    applied = Applied(step=3, knob="lr", old=0.1, value=1e-300)
    for record in (
        Eval(step=1, when="epoch", loss=float("inf"), accuracy=0.5),
        applied,
        Finding(
            name="dead", step=4, first=1, last=None, layers=("fc1",), evidence=("a", "b"),
            prescriptions=(("lr", 0.1), ("norm", "layer"), ("batch_size", 64)), cured_by=applied,
        ),
        Notice(text="the disk is full", step=2),
        Notice(text="nothing to undo", step=2, refused="undo"),
        State(word="not finite", step=9, cause="nan in fc1"),
        about(),
    ):  # fmt: skip
        text = documents.write_record(record)
        assert documents.read_record(documents.kind_of(record), text) == record
    for command in (Set("lr", 0.5), Set("norm", "none"), Pause(), Resume(), Step(), Stop()):
        assert documents.read_command(documents.write_command(command)) == command


def test_histograms_thin_out(path: Path) -> None:
    from gradtui.runs import snapshots
    from tests.tui.histograms import learning

    told = [learning(step, LAYERS) for step in range(0, 4000, 10)]
    write(path, told)
    with RunFile(path) as file:
        kept = [r for r in file.records() if isinstance(r, core.Histograms)]
    assert len(kept) <= snapshots.MOST
    assert kept[-1].step == told[-1].step
    gaps = np.diff([r.step for r in kept])
    assert gaps.max() <= 3 * np.median(gaps)
    newest = kept[-1].weights
    np.testing.assert_array_equal(newest.counts, told[-1].weights.counts)


def test_a_place_is_how_far_it_was_read(path: Path) -> None:
    write(path, made_up(100))
    with RunFile(path) as file:
        assert file.place() == Place(100, 10, 0, 0)
        assert file.overview()[1] == file.place()
