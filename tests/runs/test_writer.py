"""The writer's thread: whoever puts a record never waits, and what was put is there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import stat
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gradtui.core.commands import Command, Set, Stop
from gradtui.core.errors import UsageError
from gradtui.core.records import Applied, Branch, End, Frame, Notice, State
from gradtui.runs import documents, schema
from gradtui.runs.checkpoints import Saved
from gradtui.runs.lock import RunLock, alive
from gradtui.runs.reader import RunFile
from gradtui.runs.writer import STATE_BYTES, RunWriter
from gradtui.sources.thread import ThreadSource
from tests.cli.processes import gradtui, start
from tests.engine.nets import losses, of, small_spec, train
from tests.runs.runfiles import about, made_up, rows

PATIENCE = 120.0


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end
        time.sleep(0.01)


def opened(path: Path, **more: object) -> RunWriter:
    writer = RunWriter(path, about(), dict, **more)  # type: ignore[arg-type]
    writer.start()
    return writer


def test_what_is_put_is_there_soon_and_others_may_read_it_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.gradtui"
    writer = opened(path)
    told = list(made_up(300))
    for record in told[:10]:
        writer.put(record)
    until(lambda: path.exists() and alive(path))
    with RunFile(path) as file:
        until(lambda: len(list(file.records())) > 0)
        for record in told[10:]:
            writer.put(record)
        until(lambda: file.place().rows == 300)
        assert rows(file.records(), "loss").tobytes() == rows(told, "loss").tobytes()
    writer.close()
    assert not alive(path)
    assert [found.name for found in path.parent.iterdir()] == ["a.gradtui"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_checkpoints_come_back_and_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.gradtui"
    writer = opened(path)
    arrays = {"w": np.arange(12.0).reshape(3, 4), "empty": np.zeros((0, 2), np.float32)}
    for step in range(60):
        kind = "before" if step % 2 else "due"
        document = {"step": step, "inf": float("inf"), "kind": kind}
        writer.checkpoint(step, document, arrays, branch=1)
        until(lambda: writer._waiting == 0)  # of many that wait for the disk some are left out
    writer.close()
    with RunFile(path) as file:
        found = file.checkpoints()
        steps = [[c.step for c in found if c.step % 2 == odd] for odd in (0, 1)]
        assert steps == [[54, 56, 58], list(range(13, 60, 2))]
        assert found[-1].document == {"step": 59, "inf": "inf", "kind": "before"}
        assert found[-1].branch == 1
        back = file.arrays(found[-1])
        assert set(back) == set(arrays)
        for name, array in arrays.items():
            assert back[name].tobytes() == array.tobytes()
            assert (back[name].dtype, back[name].shape) == (array.dtype, array.shape)


def test_few_checkpoints_wait_for_a_slow_disk_but_the_last_one_does(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "a.gradtui", about(), dict)  # not started: a disk that hangs
    arrays = {"w": np.ones(STATE_BYTES // 4, np.uint8), "zero": np.broadcast_to(0.0, (10**9,))}
    for step in range(9):
        writer.checkpoint(step, {}, arrays)
    assert writer._waiting == STATE_BYTES
    writer.checkpoint(9, {}, arrays, must=True)
    kept = [record.step for record in writer._queue.drain() if isinstance(record, Saved)]
    assert kept == [0, 1, 2, 3, 9]
    writer.close()


def test_commands_arrive_in_order_and_nonsense_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.gradtui"
    heard: list[Command] = []
    writer = opened(path, obey=heard.append)
    until(lambda: alive(path) and path.exists() and path.stat().st_size > 0)
    with closing(schema.open_write(path)) as file:
        bodies = [documents.write_command(Set("lr", 0.5)), "{", '{"do": "exec"}']
        for body in [*bodies, documents.write_command(Stop())]:
            with file:
                file.execute("INSERT INTO command (body) VALUES (?)", (body,))
    until(lambda: len(heard) == 2)
    writer.close()
    assert heard == [Set("lr", 0.5), Stop()]


def test_a_second_trainer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gradtui"
    lock = RunLock(path)
    lock.acquire()
    with pytest.raises(UsageError, match="is being trained by another process"):
        RunWriter(path, about(), dict).claim()
    lock.release()
    other = RunWriter(path, about(), dict)
    other.claim()
    assert alive(path)
    other.start()
    other.close()
    assert not alive(path)


def test_a_full_disk_is_one_notice_and_training_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gradtui.runs import tables, writer

    monkeypatch.setattr(writer, "RETRY", 0.05)
    original = tables.Tables.write
    full = True

    def write(self: tables.Tables, given: list[object]) -> object:
        if full and given:
            raise sqlite3.OperationalError("database or disk is full")
        return original(self, given)  # type: ignore[arg-type]

    monkeypatch.setattr(tables.Tables, "write", write)
    path = tmp_path / "a.gradtui"
    said: list[Notice] = []
    kept = opened(path, complain=said.append)
    told = list(made_up(200))
    for record in told:
        kept.put(record)
    until(lambda: bool(said))
    time.sleep(0.3)
    assert [notice.text.split(":")[0] for notice in said] == ["the run is not saved"]
    assert "disk is full" in said[0].text
    full = False
    until(lambda: path.exists() and RunFile(path).place().rows == 200)
    kept.close()


def test_a_disk_that_never_works_costs_bounded_memory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said: list[Notice] = []
    writer = opened(tmp_path / "file" / "a.gradtui", complain=said.append)
    until(lambda: bool(said))
    for record in made_up(400, every=1):
        writer.put(record)
    writer.close()
    assert len(said) == 1
    source = ThreadSource(replace(small_spec(), steps=30), lossless=True, where=tmp_path / "file")
    _, told = train(replace(small_spec(), steps=30), source)
    assert "is not saved" in of(Notice, told)[0].text
    assert len(losses(told)) == 30


def test_saving_changes_no_bit_and_keeps_the_last_word(tmp_path: Path) -> None:
    spec = replace(small_spec(), steps=80, script=((20, "activation", "relu"),))
    _, bare = train(spec)
    source, told = train(spec, ThreadSource(spec, lossless=True, where=tmp_path))
    assert losses(told).tobytes() == losses(bare).tobytes()
    assert source.writer is not None
    with RunFile(source.writer.path) as file:
        assert file.spec() == spec
        back = list(file.records())
        assert file.meta("versions")["torch"]
    assert rows(back, "loss").tobytes() == losses(bare).tobytes()
    assert of(Applied, back) == of(Applied, told)
    assert isinstance(back[-1], End)
    assert of(State, back)[-1].word == "finished"


def test_kill_9_loses_no_commit(tmp_path: Path) -> None:
    def steps() -> int:
        try:
            with RunFile(path) as file:
                return file.place().rows
        except UsageError:  # it is being made
            return 0

    process = start("train", "vanishing", "--steps", "100000", "--run-dir", str(tmp_path))
    try:
        until(lambda: bool(list(tmp_path.glob("*.gradtui"))))
        (path,) = tmp_path.glob("*.gradtui")
        until(lambda: steps() > 100)
        seen = steps()
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    finally:
        process.kill()
        process.communicate()
    with RunFile(path) as file:
        assert not file.alive
        assert file.place().rows >= seen
        told = list(file.records())
    assert rows(told, "steps").tolist() == list(range(len(rows(told, "steps"))))
    (row,) = json.loads(gradtui("runs", "--json", "--run-dir", str(tmp_path)).stdout)
    assert (row["state"], row["id"]) == ("interrupted", path.stem)


@pytest.mark.parametrize("works", [True, False])
def test_without_a_wal_a_rollback_journal_does(
    tmp_path: Path, works: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "wal_works", lambda folder: works)
    path = tmp_path / "a.gradtui"
    writer = opened(path)
    told = list(made_up(400))
    for record in told[:10]:
        writer.put(record)
    until(lambda: path.exists() and alive(path))
    until(lambda: path.with_name(f"{path.name}-wal").exists() == works)
    with RunFile(path) as file:
        (mode,) = file.file.execute("PRAGMA journal_mode").fetchone()
        assert mode == ("wal" if works else "delete")  # a reader has no journal of its own
        for i, record in enumerate(told[10:]):
            writer.put(record)
            if i % 8 == 0:
                list(file.records())
        until(lambda: file.place().rows == 400)
    writer.close()
    assert [found.name for found in tmp_path.iterdir()] == ["a.gradtui"]
    with RunFile(path) as file:
        assert rows(file.records(), "loss").tobytes() == rows(told, "loss").tobytes()


def test_a_wal_works_here_and_leaves_nothing(tmp_path: Path) -> None:
    assert schema.wal_works(tmp_path)
    assert not schema.wal_works(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


def test_a_branch_is_written_with_the_state_that_it_begins_with(tmp_path: Path) -> None:
    writer = opened(tmp_path / "a.gradtui")
    frame = next(r for r in made_up(37) if isinstance(r, Frame))
    writer.put(frame)
    until(lambda: writer.path.exists() and alive(writer.path))
    back = Branch(branch=1, step=0, how="undo", parent=0, since=0, left=37, knobs={}, changes=())
    writer.put(back)
    writer.put(replace(frame, branch=1))
    with RunFile(writer.path) as file:
        until(lambda: file.place().rows == 37)
        writer.flush()
        time.sleep(0.3)  # two turns; a writer that did not wait would have written in the first
        assert not any(isinstance(record, Branch) for record in file.records())
        writer.checkpoint(0, {"kind": "back"}, {}, branch=1)
        until(lambda: file.place().rows == 74)
        assert any(isinstance(record, Branch) for record in file.records())
        assert [each.branch for each in file.checkpoints()] == [1]
        writer.put(replace(back, branch=2, parent=1))
        writer.close()
        assert sum(isinstance(record, Branch) for record in file.records()) == 2


def test_a_file_that_is_removed_is_told_of_and_training_goes_on(tmp_path: Path) -> None:
    told: list[Notice] = []
    writer = opened(tmp_path / "deep" / "a.gradtui", complain=told.append)
    writer.put(next(iter(made_up(37))))
    until(lambda: writer.path.exists() and alive(writer.path))
    with RunFile(writer.path) as file:
        until(lambda: file.place().sampled > 0)
        shutil.rmtree(writer.path.parent)
    until(lambda: bool(told))
    assert "its file was removed" in told[0].text
    for record in made_up(37):
        writer.put(record)
    writer.close()
    assert len(told) == 1
    assert not writer.path.parent.exists()
