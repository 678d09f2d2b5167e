"""Run folders that others write to: links and pipes lead nowhere, and a run has one lock."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gradtui.core.errors import UsageError
from gradtui.runs import paths, schema
from gradtui.runs.lock import RunLock, alive
from tests.cli.processes import gradtui
from tests.runs.runfiles import made_up, write


@pytest.fixture
def linked(tmp_path: Path) -> tuple[Path, Path]:
    """A run, and a link to it in another folder."""
    path, other = tmp_path / "here" / "a.gradtui", tmp_path / "there" / "b.gradtui"
    for folder in (path.parent, other.parent):
        folder.mkdir()
    write(path, made_up(74))
    other.symlink_to(path)
    return path, other


def test_a_run_is_trained_once_also_by_another_name(linked: tuple[Path, Path]) -> None:
    path, other = linked
    lock = RunLock(path)
    lock.acquire()
    for given in (str(other), "b"):
        found = paths.find(given, other.parent)
        assert found == path.resolve()
        assert alive(found)
        with pytest.raises(UsageError, match="is being trained by another process"):
            RunLock(found).acquire()
    done = gradtui("resume", "b", "--json", "--run-dir", str(other.parent))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    lock.release()


def test_a_run_is_trained_once_also_under_a_hard_link(tmp_path: Path) -> None:
    path, other = tmp_path / "a.gradtui", tmp_path / "there" / "b.gradtui"
    other.parent.mkdir()
    write(path, made_up(37))
    other.hardlink_to(path)
    lock = RunLock(path)
    lock.acquire()
    assert paths.find("b", other.parent) == path  # whose log is the one that is written
    with pytest.raises(UsageError, match=r"trained by another process; `gradtui attach /.*/a"):
        RunLock(other).acquire()
    assert [found.name for found in other.parent.iterdir()] == ["b.gradtui"]
    lock.release()
    again = RunLock(other)
    again.acquire()
    with pytest.raises(UsageError, match="is being trained"):
        lock.acquire()
    again.release()
    lock.acquire()
    lock.release()
    assert sorted(found.name for found in tmp_path.iterdir()) == ["a.gradtui", "there"]


def test_a_new_run_is_locked_under_all_its_names_once_it_has_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.gradtui"
    lock = RunLock(path)
    lock.acquire()
    write(path, made_up(37))
    lock.acquire()
    (tmp_path / "b.gradtui").hardlink_to(path)
    with pytest.raises(UsageError, match="is being trained"):
        RunLock(tmp_path / "b.gradtui").acquire()
    lock.release()


def test_a_lock_that_lost_its_name_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.gradtui"
    write(path, made_up(37))
    first, second = RunLock(path), RunLock(path)
    first.acquire()
    paths.lock_of(path).unlink()  # as who gives one back does, between the two calls of another
    first.release()
    second.acquire()
    assert alive(path)
    second.release()


def test_links_in_a_circle_are_one_sentence(tmp_path: Path) -> None:
    write(tmp_path / "good.gradtui", made_up(37))
    (tmp_path / "z.gradtui").symlink_to(tmp_path / "z.gradtui")
    done = gradtui("runs", "--json", "--run-dir", str(tmp_path))
    assert [row["id"] for row in json.loads(done.stdout)] == ["good"]
    assert done.stderr.count("\n") == 1
    done = gradtui("attach", "--once", "--run-dir", str(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_who_removes_a_link_keeps_the_run(linked: tuple[Path, Path]) -> None:
    path, other = linked
    (row,) = json.loads(gradtui("runs", "--json", "--run-dir", str(other.parent)).stdout)
    assert (row["id"], row["step"]) == ("b", 73)
    assert gradtui("runs", "--run-dir", str(other.parent), "rm", "b").returncode == 0
    assert (path.exists(), other.is_symlink()) == (True, False)


def test_a_pipe_in_place_of_a_lock_keeps_nobody_waiting(tmp_path: Path) -> None:
    path = tmp_path / "a.gradtui"
    write(path, made_up(37))
    os.mkfifo(paths.lock_of(path))
    assert not alive(path)


def test_a_new_run_does_not_follow_a_link(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text("precious")
    (tmp_path / ".a.gradtui.new").symlink_to(theirs)
    with pytest.raises(OSError, match="link"):
        schema.create(tmp_path / "a.gradtui", {})
    assert theirs.read_text() == "precious"
