"""The reducer: records in, the state of a run out."""

from __future__ import annotations

import dataclasses

import numpy as np

from gradtui.core.records import (
    Applied,
    End,
    Eval,
    Finding,
    Frame,
    Info,
    Notice,
    Record,
    Sample,
    State,
)  # fmt: skip
from gradtui.core.state import HOLD, KEEP_NOTICES, RunState


def info(layers: int = 3) -> Info:
    names = tuple(f"fc{i}" for i in range(layers))
    return Info(experiment="x", question="", model="", data="", device="cpu", seed=0, layers=names,
                knobs={"lr": 0.1}, classes=2, steps_per_epoch=4, steps=100)  # fmt: skip


def frame(first: int, steps: int, layers: int = 3, **more: float) -> Frame:
    rows = np.arange(1.0, steps * layers + 1).reshape(steps, layers)
    one = np.arange(1.0, steps + 1)
    return Frame(steps=np.arange(first, first + steps), loss=one, accuracy=one / 10, penalty=one,
                 grad_norm=rows, weight_norm=rows, update_ratio=rows, bias_rms=rows, **more)  # type: ignore[arg-type]  # fmt: skip


def sample(step: int, signal: float = 1.0, layers: int = 3) -> Sample:
    row = np.full(layers, signal)
    return Sample(step=step, signal=row, activation_mean=row, activation_std=row, dead=row,
                  saturated=row, zero=row > 2)  # fmt: skip


def test_frames_move_the_state_on() -> None:
    state = RunState(info())
    assert state.epoch == 0
    assert RunState(info()).step is None
    state.reduce([frame(0, 4), frame(4, 2)])
    assert (state.step, state.epoch, state.loss, state.accuracy) == (5, 1.5, 2.0, 0.2)
    assert state.penalty == 2.0
    assert state.train_loss.total == 6
    assert state.now["grad_norm"].tolist() == [4, 5, 6]
    assert state.quantities["update_ratio"].total == 6
    assert state.quantities["signal"].total == 0


def test_merged_steps_count_in_speed_and_are_told() -> None:
    state = RunState(info())
    state.reduce([frame(7, 3, merged=7, seconds=0.5, probe_seconds=0.1)])
    assert state.merged == 7
    assert state.steps_per_second == 20
    assert state.overhead == 0.1 / 0.4


def test_an_intervention_opens_a_segment_everywhere() -> None:
    state = RunState(info())
    state.reduce([frame(0, 4), sample(0, 3.0), Applied(step=4, knob="lr", old=0.1, value=0.2),
                  frame(4, 4), sample(4)])  # fmt: skip
    assert state.knobs["lr"] == 0.2
    assert [marker.step for marker in state.markers] == [4]
    for history in (*state.quantities.values(), state.train_loss, state.train_accuracy):
        assert history.segments == [0, 4]
        assert history.segment[-1] == 1
    assert state.ghost is not None
    assert state.ghost.signal[0] == 3.0
    assert [kept.step for kept in state.recent] == [4]


def test_the_ghost_is_the_last_finite_profile() -> None:
    state = RunState(info())
    state.reduce([sample(0, 1.0), sample(10, 2.0), sample(20, np.nan), sample(30, np.nan),
                  Applied(step=31, knob="init", old="x", value="he")])  # fmt: skip
    assert state.ghost is not None
    assert state.ghost.step == 10


def test_memory_is_bounded_and_the_newest_is_kept() -> None:
    state = RunState(info())
    state.reduce(sample(i) for i in range(20))
    state.reduce(Notice(text=str(i)) for i in range(3 * KEEP_NOTICES))
    assert [s.step for s in state.recent] == list(range(20 - HOLD, 20))
    assert len(state.notices) == KEEP_NOTICES
    assert state.notices[-1].text == str(3 * KEEP_NOTICES - 1)


def test_every_record_is_a_revision() -> None:
    state = RunState(info())
    records: list[Record] = [
        State(word="not finite", step=3, cause="forward"),
        Eval(step=0, when="start", loss=2.0, accuracy=0.1),
        Finding(name="v", step=1, first=0, last=None, layers=(), evidence=()),
        Finding(name="v", step=9, first=0, last=9, layers=(), evidence=()),
        End(steps=10, accuracy=0.5, state="failed", cause="x"),
    ]
    for i, record in enumerate(records):
        state.reduce([record])
        assert state.revision == i + 1
    assert (state.word, state.cause) == ("not finite", "forward")
    assert state.findings["v"].last == 9
    assert state.end is records[-1]
    assert state.evals == [records[1]]


def test_a_frame_of_a_run_without_a_probe() -> None:
    state = RunState(info())
    one = np.ones(2)
    state.reduce([Frame(steps=np.arange(2), loss=one, accuracy=one, penalty=one, seconds=1.0)])
    assert state.step == 1
    assert np.isnan(state.overhead)
    assert state.now == {}


def test_a_thousand_layers() -> None:
    state = RunState(info(1000))
    state.reduce([frame(64 * i, 64, layers=1000) for i in range(30)])
    assert state.quantities["grad_norm"].mean.shape[1] == 1000
    assert state.now["grad_norm"].shape == (1000,)


def test_other_layers_begin_other_histories() -> None:
    state = RunState(info())
    state.reduce([frame(0, 4), info(3)])
    assert state.quantities["grad_norm"].total == 4
    state.reduce([info(5), frame(0, 2, layers=5)])
    assert state.quantities["grad_norm"].layers == 5


def test_epochs_go_on_from_where_they_were_when_the_batch_size_changes() -> None:
    known = dataclasses.replace(info(), rows=100, knobs={"batch_size": 50})
    state = RunState(known)
    state.reduce([frame(0, 3)])
    assert state.epoch == 1.5
    state.reduce([Applied(step=3, knob="batch_size", old=50, value="full"), frame(3, 1)])
    assert state.epoch == 2
