"""A recording: played at any speed, shown at any moment, and trained again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gradtui.core.commands import (
    Leap,
    Move,
    Pace,
    Pause,
    Redo,
    Resume,
    Seek,
    Set,
    Step,
    Undo,
)
from gradtui.core.records import Applied, Branch, Eval, Finding, Frame, Record, Sample, State
from gradtui.core.state import RunState
from gradtui.runs.moments import Moments
from gradtui.runs.reader import RunFile
from gradtui.runs.specs import document
from gradtui.runs.tables import Tables
from gradtui.sources.replay import ReplaySource
from gradtui.sources.thread import ThreadSource
from tests.cli.processes import gradtui
from tests.engine.nets import of, small_spec
from tests.runs.runfiles import about, made_up, write

PATIENCE = 120.0


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("replay") / "a.gradtui"
    finding = Finding(
        name="vanishing", step=1200, first=1200, last=None, layers=("fc1",), evidence=("x",)
    )
    told: list[Record] = list(made_up(3000, marks=(1000, 1500)))
    at = next(i for i, r in enumerate(told) if getattr(r, "steps", [0])[-1] >= 1200)
    told.insert(at + 1, finding)
    write(path, [*told, State(word="finished", step=3000)])
    return path


def state_of(records: list[Record]) -> RunState:
    state = RunState(about())
    state.reduce(records)
    return state


@pytest.mark.parametrize("row", [0, 1, 37, 999, 1000, 1001, 1500, 2024, 2999, 3000])
def test_the_past_is_what_was_known_then(path: Path, row: int) -> None:
    with RunFile(path) as file:
        records, place = Moments(file).past(row)
        onwards = list(Moments(file).onwards(place))
        now = state_of(records)
        whole = state_of([*records, *onwards])
        end = state_of(file.overview()[0])
    assert place.rows == row
    assert now.step == (row - 1 if row else None)
    assert now.train_loss.total == row
    samples = now.quantities["signal"].total
    assert samples == len([s for s in range(row) if s % 10 == 0])
    assert len(now.markers) == sum(mark <= row for mark in (1000, 1500))
    assert (whole.step, whole.train_loss.total) == (2999, 3000)
    assert whole.quantities["signal"].total == end.quantities["signal"].total == 300
    assert whole.markers == end.markers
    np.testing.assert_allclose(whole.train_loss.mean, end.train_loss.mean, rtol=1e-5)


def test_moments(path: Path) -> None:
    with RunFile(path) as file:
        moments = Moments(file)
        assert moments.rows == 3000
        assert [moments.row_of(step) for step in (0, 5, 1000, 2999, 10**9)] == [
            1, 6, 1001, 3000, 3000,
        ]  # fmt: skip
        assert [moments.standing(row) for row in (0, 1, 1500, 3000)] == [
            (0, -1), (0, 0), (0, 1499), (0, 2999),
        ]  # fmt: skip
        assert moments.leap(0, "intervention", 1) == 1001
        assert moments.leap(1001, "intervention", 1) == 1501
        assert moments.leap(1501, "intervention", 1) is None
        assert moments.leap(1501, "intervention", -1) == 1001
        assert moments.leap(1001, "intervention", -1) is None
        assert 1200 < (moments.leap(0, "finding", 1) or 0) < 1300


class Player:
    """A replay in its thread, on a clock that the test moves."""

    def __init__(self, path: Path) -> None:
        self.now = 0.0
        self.source = ReplaySource(path, clock=lambda: self.now)
        self.state = RunState(self.source.info)
        self.source.start()

    def until(self, done: Callable[[RunState], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not done(self.state):
            assert time.monotonic() < end, (self.state.word, self.state.step)
            self.state.reduce(self.source.poll())
            time.sleep(0.005)


@pytest.fixture
def player(path: Path) -> Iterator[Player]:
    playing = Player(path)
    yield playing
    playing.source.close()


def test_it_plays_as_fast_as_it_was_made(player: Player) -> None:
    player.until(lambda state: state.word == "training")
    assert player.state.step is None
    player.now += 0.1005  # a step took a millisecond
    player.until(lambda state: state.step == 99)
    player.source.send(Pace(4.0))
    player.until(lambda state: bool(state.notices))
    player.now += 0.1
    player.until(lambda state: state.step == 499)
    player.source.send(Pause())
    player.until(lambda state: state.word == "paused")
    player.now += 10
    player.source.send(Step())
    player.until(lambda state: state.step == 500)
    player.source.send(Resume())
    player.now += 100
    player.until(lambda state: state.word == "finished")
    assert player.state.step == 2999
    assert [marker.step for marker in player.state.markers] == [1000, 1500]
    player.source.send(Resume())
    player.until(lambda state: state.word == "training")
    assert not player.state.markers


def test_of_a_run_that_goes_on_what_there_was_is_played(tmp_path: Path) -> None:
    records = list(made_up(370))
    tables = Tables(path := tmp_path / "b.gradtui", about(), {"spec": document(small_spec())})
    tables.write(records[: len(records) // 2])
    player = Player(path)
    try:
        last = player.source.moments.standing(player.source.moments.rows)[1]
        tables.write(records[len(records) // 2 :])
        player.until(lambda state: state.word == "training")
        player.now += 100
        player.until(lambda state: state.word == "finished")
        assert player.state.step == last < 369
    finally:
        player.source.close()
        tables.close()


def test_it_goes_to_any_moment(player: Player) -> None:
    player.until(lambda state: state.word == "training")
    for command, step in (
        (Seek(2000), 2000), (Move(-1), 1999), (Move(-100), 1899), (Move(1), 1900), (Seek(10), 10),
        (Leap("intervention", 1), 1000), (Leap("intervention", 1), 1500),
        (Leap("intervention", -1), 1000), (Move(-10**9), None), (Seek(10**9), 2999),
    ):  # fmt: skip
        player.source.send(command)
        player.until(lambda state, step=step: state.step == step)  # type: ignore[misc]
        steps = 0 if step is None else step + 1
        assert player.state.train_loss.total == steps
        assert len(player.state.markers) == sum(mark <= steps for mark in (1000, 1500))
    player.source.send(Seek(0))
    player.until(lambda state: state.step == 0)
    player.source.send(Leap("finding", 1))
    player.until(lambda state: "vanishing" in state.findings)
    player.source.send(Set("lr", 1.0))
    player.until(lambda state: bool(state.notices))
    assert "recording" in player.state.notices[-1].text
    assert "recording" in player.source.info.locked["lr"]


def test_once_at_a_step(path: Path) -> None:
    done = gradtui("replay", str(path), "--json", "--at", "1234")
    state = json.loads(done.stdout)
    assert (state["step"], state["state"]) == (1234, "paused")
    assert "step 1234" in gradtui("replay", str(path), "--once", "--at", "1234").stdout


def test_a_run_trained_again_is_the_same_and_a_changed_one_is_not(tmp_path: Path) -> None:
    where = ["--run-dir", str(tmp_path)]
    done = gradtui(
        "train", "overfit", "--steps", "60", "--seed", "3", "--at", "20:regularizer=l2",
        "--at", "30:activation=tanh", "--at", "40:init=he", "--at", "50:batch_size=16", *where,
    )  # fmt: skip
    assert done.returncode == 0
    found = gradtui("replay", *where, "--verify", "--json")
    told = json.loads(found.stdout)
    assert (found.returncode, told["same"], told["steps"], told["differs"]) == (0, True, 60, None)

    (path,) = tmp_path.glob("*.gradtui")
    with RunFile(path) as file:
        records, spec = list(file.records()), file.meta("spec")
        about = file.info

    def again(records: list[Record]) -> str:
        path.unlink()
        tables = Tables(path, about, {"spec": spec})
        tables.write(records)
        tables.close()
        found = gradtui("replay", *where, "--verify")
        assert found.returncode == 1
        return found.stdout

    frames = of(Frame, records)
    for column, place, factor in (("loss", -1, 1 + 1e-15), ("grad_norm", (-1, 1), 1.01)):
        values = getattr(frames[-1], column)
        right = values[place]
        values[place] *= factor
        assert f"59 steps the same, then step 59 differs: {column}" in again(records)
        values[place] = right
    signal = of(Sample, records)[4].signal
    signal[2] *= 1.01
    assert "40 steps the same, then step 40 differs: signal of layer 2" in again(records)
    signal[2] /= 1.01
    at = next(i for i, r in enumerate(records) if isinstance(r, Eval) and r.step == 30)
    records[at] = replace(of(Eval, records[at : at + 1])[0], accuracy=0.5)
    assert "step 30 differs: test accuracy was 0.5" in again(records)


def test_what_was_undone_and_redone_is_trained_again_too(tmp_path: Path) -> None:
    source = ThreadSource(replace(small_spec(), steps=10**6), where=tmp_path)
    told: list[Record] = []

    def until(done: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < end
            told.extend(source.poll())
            time.sleep(0.005)

    def more(steps: int) -> None:
        made = sum(len(f.steps) + f.merged for f in of(Frame, told))
        until(lambda: sum(len(f.steps) + f.merged for f in of(Frame, told)) > made + steps)

    source.start()
    more(30)
    for command in (Set("activation", "relu"), Undo(), Set("lr", 0.1), Undo(), Redo()):
        source.send(command)
        kinds = len(of(Applied, told)) + len(of(Branch, told))
        until(lambda before=kinds: len(of(Applied, told)) + len(of(Branch, told)) > before)  # type: ignore[misc]
        more(30)
    source.close()
    assert source.writer is not None
    done = gradtui("replay", str(source.writer.path), "--verify", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["same"]) == (0, True)
    assert found["steps"] > 180
