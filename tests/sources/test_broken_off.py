"""What breaks off is made good: an intervention before kill -9, a commit, a disk, a run."""

from __future__ import annotations

import json
import resource
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import takewhile
from pathlib import Path

import numpy as np
import pytest

from gradtui.core.commands import Set
from gradtui.core.records import Applied, Notice
from gradtui.core.state import RunState
from gradtui.runs.reader import RunFile
from gradtui.runs.tables import Tables
from gradtui.sources.thread import ThreadSource
from tests.cli.processes import COMMAND, ENVIRONMENT, SECONDS, gradtui, of_type, records
from tests.engine.nets import of
from tests.runs.runfiles import LAYERS, about, made_up, write
from tests.sources.test_attach import Viewer
from tests.sources.test_resume import again, ended, part, rows, spec, step, until, whole

JOURNAL = """
import os, signal, sqlite3, sys
file = sqlite3.connect(sys.argv[1], isolation_level=None)
file.execute("PRAGMA journal_mode = TRUNCATE")
file.execute("PRAGMA cache_size = 1")
file.execute("BEGIN")
file.execute("DELETE FROM frames")
for i in range(400):
    file.execute("INSERT INTO event (at, kind, body) VALUES (0, 'notice', ?)", ("x" * 4000,))
os.kill(os.getpid(), signal.SIGKILL)
"""
"""A commit that is cut off when pages of it are in the file already."""

LOOK = """
import os, sys
from pathlib import Path
from gradtui.core.errors import UsageError
from gradtui.runs.reader import RunFile
if os.getuid() == 0:
    os.setuid(65534)
try:
    RunFile(Path(sys.argv[1]))
except UsageError as error:
    print(error)
"""
"""Somebody who may only read; root may write anywhere, so somebody else looks."""


@pytest.fixture
def hot(tmp_path: Path) -> Path:
    """A run whose last commit was cut off, in the mode that network file systems get."""
    path = tmp_path / "a.gradtui"
    write(path, made_up(300))
    before = path.read_bytes()
    done = subprocess.run([sys.executable, "-c", JOURNAL, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() != before
    assert path.with_name("a.gradtui-journal").stat().st_size > 0
    return path


def test_a_commit_that_was_cut_off_is_taken_back_by_the_next_one_who_opens(hot: Path) -> None:
    with RunFile(hot) as file:
        assert file.place().rows == 300
        assert not of(Notice, list(file.records()))
    assert gradtui("attach", str(hot), "--once").returncode == 0


def test_a_commit_that_was_cut_off_is_taken_back_by_who_goes_on(hot: Path) -> None:
    with closing(Tables(hot, about(LAYERS), {})) as tables:
        tables.write(list(made_up(37)))
    with RunFile(hot) as file:
        assert file.place().rows == 337


def test_who_may_only_read_is_told_in_one_sentence_that_a_commit_was_cut_off(hot: Path) -> None:
    folder = hot.parent
    hot.chmod(0o444)
    folder.chmod(0o555)
    for above in takewhile(
        lambda path: path.name.startswith(("pytest-", "popen-")), folder.parents
    ):
        above.chmod(0o755)  # only we may enter them
    before = hot.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(hot)], env=ENVIRONMENT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    folder.chmod(0o755)
    assert (done.returncode, done.stderr) == (0, "")
    assert "its last commit was cut off" in done.stdout
    assert done.stdout.count("\n") == 1
    assert hot.read_bytes() == before


def test_an_intervention_that_was_told_just_before_kill_9_is_made_again(tmp_path: Path) -> None:
    source = ThreadSource(spec(), lossless=True, where=tmp_path)
    source.start()
    told = until(source, lambda told: step(told) >= 60)
    for command in (Set("regularizer", "l2"), Set("init", "he")):
        source.send(command)
    told += until(source, ended)
    source.close()
    assert source.writer is not None
    path = source.writer.path
    done = [(applied.knob, applied.step) for applied in of(Applied, told)]
    assert [knob for knob, _ in done] == ["regularizer", "strength", "init"]
    with closing(sqlite3.connect(path)) as file, file:  # the states behind it were not written yet
        (first,) = file.execute("SELECT min(id) FROM event WHERE kind = 'applied'").fetchone()
        file.execute("DELETE FROM checkpoint WHERE event >= ?", (first,))
    resumed, back = again(path)
    assert back.step <= done[0][1]
    resumed.start()
    records = until(resumed, ended)
    resumed.close()
    assert [(applied.knob, applied.step) for applied in of(Applied, records)] == done
    at = tuple(f"{s}:{k}={v}" for (k, s), v in zip(done, ("l2", "", "he"), strict=True) if v)
    reference = whole(spec(at=at))
    np.testing.assert_array_equal(rows(records, "loss"), rows(reference, "loss")[back.step :])


def test_a_scripted_intervention_is_not_made_twice(tmp_path: Path) -> None:
    path = part(tmp_path, spec(90, at=("40:init=he",)), 90)
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("DELETE FROM checkpoint WHERE step >= 40")
    resumed, _ = again(path)
    resumed.start()
    assert len(of(Applied, until(resumed, ended))) == 1
    resumed.close()


def test_an_open_viewer_sees_a_run_go_on(tmp_path: Path) -> None:
    path = part(tmp_path, spec(4000), 150)
    viewer = Viewer(path)
    try:
        viewer.until(lambda state: state.word in ("failed", "finished"))
        ran = viewer.state.step or 0
        source, back = again(path)
        assert back.step == ran + 1
        source.start()
        try:
            until(source, lambda told: step(told) > back.step)
            viewer.until(lambda state: (state.step or 0) > ran and state.word == "training")
            viewer.source.send(Set("activation", "tanh"))
            viewer.until(lambda state: state.knobs["activation"] == "tanh")
            assert "activation" not in viewer.state.info.locked
            made = viewer.state.step or 0
            viewer.until(lambda state: (state.step or 0) > made + 40)
        finally:
            source.close()
        viewer.until(lambda state: state.end is not None)
        with RunFile(path) as file:
            kept = RunState(file.info)
            kept.reduce(file.overview()[0])
        assert viewer.state.step == kept.step
        assert viewer.state.markers == kept.markers
        assert viewer.state.train_loss.total == kept.train_loss.total
    finally:
        viewer.source.close()


@pytest.mark.parametrize("room", [0, 400_000])
def test_a_full_disk_costs_the_file_and_no_bit_of_the_run(tmp_path: Path, room: int) -> None:
    run = ("train", "vanishing", "--steps", "120", "--json")
    bare = records(gradtui(*run, "--no-save").stdout)
    done = subprocess.run(
        [*COMMAND, *run, "--run-dir", str(tmp_path)], env=ENVIRONMENT, capture_output=True,
        text=True, check=False, timeout=SECONDS, stdin=subprocess.DEVNULL,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    told = records(done.stdout)
    said = [notice["text"] for notice in of_type("notice", told)]
    assert ["is not saved" in text for text in said] == [True]
    for kind in ("step", "eval", "end"):
        assert of_type(kind, told) == of_type(kind, bare)
    for path in tmp_path.glob("*.gradtui"):
        listed = gradtui("runs", "--json", "--run-dir", str(tmp_path))
        assert [row["path"] for row in json.loads(listed.stdout)] == [str(path)]
