"""A run of another process: live, steerable, its whole past there; closing it changes nothing."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gradtui.core.commands import Choice, Pause, Resume, Set, Step, Teach
from gradtui.core.records import Applied, Frame, Notice, Record, State
from gradtui.core.state import RunState
from gradtui.runs.lock import alive
from gradtui.runs.reader import RunFile
from gradtui.sources.attach import AttachSource
from tests.cli.processes import gradtui
from tests.engine.nets import of
from tests.runs.runfiles import about, made_up, rows, write

PATIENCE = 120.0


class Viewer:
    """A source that looks at a file, and all that it told."""

    def __init__(self, path: Path) -> None:
        self.source = AttachSource(path)
        self.state = RunState(self.source.info)
        self.told: list[Record] = []
        self.source.start()

    def until(self, done: Callable[[RunState], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not done(self.state):
            assert time.monotonic() < end, self.told[-5:]
            records = self.source.poll()
            self.told += records
            self.state.reduce(records)
            time.sleep(0.005)


@pytest.fixture
def view() -> Iterator[Callable[[Path], Viewer]]:
    viewers: list[Viewer] = []

    def open_viewer(path: Path) -> Viewer:
        viewers.append(Viewer(path))
        return viewers[-1]

    yield open_viewer
    for viewer in viewers:
        viewer.source.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Path]:
    """A detached run; it is ended in the end."""
    done = gradtui(
        "train", "vanishing", "--steps", "1000000", "--detach", "--json", "--run-dir", str(tmp_path)
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    path = Path(told["path"])
    assert path.stem == told["id"]
    yield path
    if alive(path):
        os.kill(told["pid"], 9)


def test_two_viewers_watch_and_steer_one_run(running: Path, view: Callable[[Path], Viewer]) -> None:
    one, two = view(running), view(running)
    one.until(lambda state: (state.step or 0) > 30)
    one.source.send(Set("activation", "tanh"))
    for viewer in (one, two):
        viewer.until(lambda state: state.knobs["activation"] == "tanh")
        assert of(Applied, viewer.told)[0].old == "sigmoid"
    two.source.send(Pause())
    for viewer in (one, two):
        viewer.until(lambda state: state.word == "paused")
    step = one.state.step
    assert step is not None
    one.source.send(Step())
    two.until(lambda state: state.step == step + 1)
    one.source.send(Set("activation", "nosuch"))
    one.until(lambda state: bool(state.notices))
    assert "nosuch" in one.state.notices[-1].text
    two.source.send(Resume())
    one.source.close()
    two.until(lambda state: (state.step or 0) > step + 30)
    assert rows(two.told, "steps").tolist() == list(range((two.state.step or 0) + 1))

    late = view(running)
    late.until(lambda state: (state.step or 0) > step + 30)
    assert late.state.markers == two.state.markers
    assert rows(late.told, "steps")[0] == 0

    where = ["--run-dir", str(running.parent)]
    assert "is being trained" in gradtui("runs", *where, "rm", running.stem).stderr
    done = gradtui("runs", *where, "stop", running.stem)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not alive(running)
    late.until(lambda state: state.end is not None)
    assert late.state.end is not None
    assert late.state.end.state == "stopped"
    (row,) = json.loads(gradtui("runs", *where, "--json").stdout)
    assert set(row) == {"id", "path", "state", "experiment", "step", "loss", "verdict", "bytes"}
    assert (row["state"], row["experiment"], row["id"]) == ("stopped", "vanishing", running.stem)
    assert row["step"] == late.state.step
    assert "stopped" in gradtui("runs", *where).stdout
    assert gradtui("runs", *where, "stop", running.stem).returncode == 2
    assert gradtui("runs", *where, "rm", running.stem).returncode == 0
    assert list(running.parent.iterdir()) == []


def test_a_killed_run_says_so(running: Path, view: Callable[[Path], Viewer]) -> None:
    viewer = view(running)
    viewer.until(lambda state: (state.step or 0) > 10)
    viewer.source.send(Teach(Choice(0, 0, 0)))
    viewer.until(lambda state: bool(state.notices))
    assert "lesson" in viewer.state.notices[-1].text
    pid = _holder(running)
    os.kill(pid, 9)
    viewer.until(lambda state: state.word == "failed")
    assert "its process is gone" in viewer.state.cause
    viewer.source.send(Pause())
    viewer.until(lambda state: len(state.notices) == 2)
    assert viewer.state.notices[-1].text == "nobody trains this run any more."


def _holder(path: Path) -> int:
    """The process that trains a run, by its command line."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                words = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if f"--as={path.stem}".encode() in words:
                return int(folder.name)
    raise AssertionError("no process")


def test_a_finished_run_is_looked_at_and_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.gradtui"
    told = [*made_up(300), State(word="finished", step=300)]
    write(path, told)
    before = path.read_bytes()
    source = AttachSource(path)
    assert source.info.locked["activation"] == "nobody trains this run any more"
    assert source.info.run == "a"
    state = RunState(source.info)
    state.reduce(source.whole())
    assert (state.word, state.step) == ("finished", 299)
    source.send(Set("lr", 0.1))
    source.start()
    end = time.monotonic() + PATIENCE
    found: list[Record] = []
    while not of(Notice, found):
        found += source.poll()
        assert time.monotonic() < end
    source.close()
    source.close()
    assert [notice.refused for notice in of(Notice, found)] == ["lr"]
    assert path.read_bytes() == before
    assert len(rows(of(Frame, found), "loss")) == 300


def test_once_is_the_screen_and_json_the_state(tmp_path: Path) -> None:
    path = tmp_path / "a.gradtui"
    write(path, [*made_up(300, marks=(100,)), State(word="finished", step=300)])
    shown = gradtui("attach", str(path), "--once")
    assert (shown.returncode, shown.stderr) == (0, "")
    for part in ("vanishing", "step 299", "finished", "tanh", "sigmoid → tanh", "loss", "fc1"):
        assert part in shown.stdout
    done = gradtui("attach", str(path), "--json")
    state = json.loads(done.stdout)
    assert (state["state"], state["step"], state["id"]) == ("finished", 299, "a")
    assert [layer["name"] for layer in state["layers"]] == list(about().layers)
    assert state["knobs"]["activation"] == "tanh"
    with RunFile(path) as file:
        assert state["loss"] == pytest.approx(rows(file.records(), "loss")[-1])
