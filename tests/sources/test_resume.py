"""A run that was stopped goes on from its file, bit by bit, with all that it had told."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gradtui.core.commands import Command, Pause, Redo, Resume, Set, Stop, Undo
from gradtui.core.errors import UsageError
from gradtui.core.records import Applied, Branch, Eval, Frame, Notice, Record, State
from gradtui.core.spec import Spec
from gradtui.core.state import RunState
from gradtui.headless.verify import verify
from gradtui.runs import rewind
from gradtui.runs.lock import RunLock
from gradtui.runs.reader import RunFile
from gradtui.runs.resume import Return, read
from gradtui.sources import thread
from gradtui.sources.thread import ThreadSource, interval
from tests.engine.nets import of, spec_of

PATIENCE = 120.0
SETS = ("depth=3", "width=8", "dropout=0.1", "batch_size=32")


def spec(steps: int = 400, **request: object) -> Spec:
    return spec_of("vanishing", *SETS, steps=steps, **request)


def until(source: ThreadSource, done: Callable[[list[Record]], bool]) -> list[Record]:
    """Poll until this holds of what a poll brings; looking takes time from the training."""
    records: list[Record] = []
    end = time.monotonic() + PATIENCE
    while not done(new := source.poll()):
        records += new
        assert time.monotonic() < end, records[-5:]
        time.sleep(0.01)
    return records + new


def ended(records: list[Record]) -> bool:
    return any(type(record).__name__ == "End" for record in records)


def step(records: list[Record]) -> int:
    """Index of the step that comes next, as the frames have it."""
    frames = of(Frame, records)
    return int(frames[-1].steps[-1]) + 1 if frames else 0


def whole(wanted: Spec) -> list[Record]:
    source = ThreadSource(wanted, lossless=True)
    source.start()
    records = until(source, ended)
    source.close()
    return records


def part(where: Path, wanted: Spec, steps: int) -> Path:
    """Train so many steps at least, stop as `q` and SIGTERM do; the run's file."""
    source = ThreadSource(wanted, lossless=True, where=where)
    source.start()
    told = until(source, lambda told: step(told) >= steps or ended(told))
    source.send(Stop())
    if not ended(told):
        until(source, ended)
    source.close()
    assert source.writer is not None
    return source.writer.path


def again(path: Path, *, lossless: bool = True, **length: int) -> tuple[ThreadSource, Return]:
    lock = RunLock(path)
    lock.acquire()
    back = read(path, **length)
    return ThreadSource(back.spec, lossless=lossless, back=back, lock=lock), back


def rows(records: list[Record], name: str) -> np.ndarray:
    return np.concatenate([getattr(frame, name) for frame in of(Frame, records)])


def test_it_goes_on_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    at = ("300:optimizer=adam", "150:activation=relu")
    reference = whole(spec(at=at))
    path = part(tmp_path, spec(at=at), 200)
    source, back = again(path)
    source.start()
    records = until(source, ended)
    source.close()
    assert 200 <= back.step < 400
    for name in ("steps", "loss", "accuracy", "grad_norm", "update_ratio"):
        np.testing.assert_array_equal(rows(records, name), rows(reference, name)[back.step :])
    behind = [(e.step, e.when, e.loss) for e in of(Eval, reference) if e.step > back.step]
    assert [(e.step, e.when, e.loss) for e in of(Eval, records)] == behind
    with RunFile(path) as file:  # and the file is that of a run that never stopped
        kept = list(file.records())
    np.testing.assert_array_equal(rows(kept, "steps"), np.arange(400))
    np.testing.assert_array_equal(rows(kept, "loss"), rows(reference, "loss"))
    told = [(e.step, e.when, e.loss) for e in of(Eval, reference)]
    assert [(e.step, e.when, e.loss) for e in of(Eval, kept)] == told


def test_what_it_had_told_is_there_at_once(tmp_path: Path) -> None:
    path = part(tmp_path, spec(at=("50:lr=0.02",)), 120)
    back = read(path)
    state = RunState(back.info)
    state.reduce(back.past)
    assert state.step == back.step - 1
    assert state.train_loss.total == back.step
    assert [m.knob for m in state.markers] == ["lr"]
    assert state.knobs["lr"] == 0.02
    assert state.end is None


def test_old_blocks_that_reach_over_the_checkpoint_are_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread, "interval", lambda: 1e9)
    source = ThreadSource(spec(2600), lossless=True, where=tmp_path)
    source.start()
    until(source, lambda told: step(told) >= 700)
    steer(source, Pause(), State)  # a checkpoint in the middle of what becomes one block
    source.send(Resume())
    until(source, ended)
    source.close()
    assert source.writer is not None
    path = source.writer.path
    with RunFile(path) as file:
        chosen = next(c for c in file.checkpoints() if c.document["kind"] == "pause")
        before = list(file.records())
    opened = sqlite3.connect(path)
    with opened:
        spans = opened.execute(
            "SELECT count(*) FROM frames, checkpoint c WHERE c.id = ? AND behind > at"
            " AND behind - count < at", (chosen.id,),
        ).fetchone()  # fmt: skip
        rewind.rewind(opened, chosen.id, len(source.info.layers))
    opened.close()
    with RunFile(path) as file:
        kept = list(file.records())
        assert [c.id for c in file.checkpoints()][-1] == chosen.id
    np.testing.assert_array_equal(rows(kept, "steps"), np.arange(chosen.step))
    np.testing.assert_array_equal(rows(kept, "loss"), rows(before, "loss")[: chosen.step])
    np.testing.assert_allclose(
        rows(kept, "grad_norm"), rows(before, "grad_norm")[: chosen.step], rtol=0.005
    )
    assert spans[0] == 1


def steer(source: ThreadSource, command: Command, answer: type[Record]) -> list[Record]:
    source.send(command)
    return until(source, lambda told: any(isinstance(record, answer) for record in told))


def test_undo_goes_back_beyond_the_stop(tmp_path: Path) -> None:
    """A lab that was left and opened again: what was done before can be undone still."""
    source = ThreadSource(spec(100_000), where=tmp_path)
    source.start()
    until(source, lambda told: step(told) > 20)
    first = of(Applied, steer(source, Set("lr", 0.03), Applied))[0]
    until(source, lambda told: step(told) > first.step + 20)
    steer(source, Set("activation", "tanh"), Applied)
    steer(source, Undo(), Branch)
    steer(source, Pause(), State)
    source.close()
    assert source.writer is not None
    source, back = again(source.writer.path, lossless=False)
    state = RunState(back.info)
    state.reduce(back.past)
    source.start()
    records = steer(source, Undo(), Branch)
    state.reduce(records)
    (branch,) = of(Branch, records)
    assert (branch.step, branch.branch, branch.parent) == (first.step, 2, 1)
    assert [c.knob for c in branch.changes] == ["lr"]
    assert (state.knobs["lr"], state.step) == (0.01, first.step - 1)
    assert "nothing to undo" in of(Notice, steer(source, Undo(), Notice))[-1].text
    state.reduce(steer(source, Redo(), Branch))
    assert state.knobs["lr"] == 0.03
    source.close()


def test_branches_come_back_from_the_file_as_they_were(tmp_path: Path) -> None:
    source = ThreadSource(spec(100_000), where=tmp_path)
    live = RunState(source.info)
    source.start()
    live.reduce(until(source, lambda told: step(told) > 20))
    for command, answer in (
        (Set("lr", 0.03), Applied), (Undo(), Branch), (Set("lr", 0.1), Applied), (Undo(), Branch),
        (Redo(), Branch), (Set("activation", "relu"), Applied), (Undo(), Branch),
    ):  # fmt: skip
        live.reduce(steer(source, command, answer))
        here = live.step or 0
        live.reduce(until(source, lambda told, here=here: step(told) > here + 10))  # type: ignore[misc]
    source.send(Pause())
    live.reduce(until(source, lambda told: bool(of(State, told))))
    source.close()
    live.reduce(source.outbox.drain())
    assert source.writer is not None
    back = read(source.writer.path)
    state = RunState(back.info)
    state.reduce(back.past)
    assert (state.branch, state.step, state.knobs) == (live.branch, live.step, live.knobs)
    assert state.markers == live.markers
    assert [(x.branch, x.since, x.left) for x in state.left] == [
        (x.branch, x.since, x.left) for x in live.left
    ]
    np.testing.assert_array_equal(state.train_loss.first, live.train_loss.first)
    np.testing.assert_array_equal(state.train_loss.mean, live.train_loss.mean)
    assert verify(source.writer.path, as_json=True) == 0  # the journal, trained again


def test_two_processes_cannot_go_on_with_one_run(tmp_path: Path) -> None:
    path = part(tmp_path, spec(), 50)
    source, _ = again(path)
    with pytest.raises(UsageError, match="being trained by another process"):
        again(path)
    source.close()
    source, _ = again(path)  # whoever held it let it go
    source.close()


def test_a_run_that_was_never_started_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    path = part(tmp_path, spec(), 50)
    before = path.read_bytes()
    source, _ = again(path)
    source.close()
    assert path.read_bytes() == before


def test_a_longer_length_goes_on_beyond_the_end(tmp_path: Path) -> None:
    path = part(tmp_path, spec(150), 150)
    assert read(path).end == read(path).step == 150
    source, back = again(path, steps=260)
    source.start()
    records = until(source, ended)
    source.close()
    reference = whole(spec(260))
    np.testing.assert_array_equal(rows(records, "loss"), rows(reference, "loss")[150:])
    assert back.end == 260
    with RunFile(path) as file:
        assert file.spec().steps == 260
        kept = list(file.records())
    assert [(e.step, e.when) for e in of(Eval, kept)] == [
        (e.step, e.when) for e in of(Eval, reference)
    ]


def test_killed_before_the_first_checkpoint_it_begins_again(tmp_path: Path) -> None:
    path = part(tmp_path, spec(80), 80)
    opened = sqlite3.connect(path)
    with opened:
        opened.execute("DELETE FROM checkpoint")
    opened.close()
    source, back = again(path)
    assert (back.step, back.past) == (0, ())
    source.start()
    records = until(source, ended)
    source.close()
    np.testing.assert_array_equal(rows(records, "steps"), np.arange(80))
    with RunFile(path) as file:
        np.testing.assert_array_equal(rows(list(file.records()), "steps"), np.arange(80))


@pytest.mark.parametrize(
    ("said", "seconds"), [("", 10), ("0.5", 0.5), ("x", 10), ("-1", 10), ("nan", 10), ("0", 10)]
)
def test_the_interval_of_checkpoints(said: str, seconds: float) -> None:
    assert interval({thread.INTERVAL: said}) == seconds


def test_checkpoints_are_bounded_and_the_newest_stays(tmp_path: Path) -> None:
    source = ThreadSource(spec(100_000), where=tmp_path)
    source.start()
    until(source, lambda told: step(told) > 3)
    for i in range(40):
        steer(source, Set("lr", 0.001 * (i + 1)), Applied)
        if i % 8 == 7:
            steer(source, Pause(), State)
            steer(source, Resume(), State)
    source.close()
    assert source.writer is not None
    with RunFile(source.writer.path) as file:
        kinds = [c.document["kind"] for c in file.checkpoints()]
    assert kinds.count("before") <= 24
    assert 1 <= len(kinds) - kinds.count("before") <= 3
    assert kinds[-1] == "end"
