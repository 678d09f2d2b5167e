"""What a run state knows after undo and redo, against a plain list of what happened on the way."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradtui.core import branches
from gradtui.core.history import History
from gradtui.core.quantities import Quantities
from gradtui.core.records import (
    Applied,
    Branch,
    Eval,
    Finding,
    Frame,
    Info,
    Record,
    Sample,
    Value,
)
from gradtui.core.state import RunState

LAYERS = 3
INFO = Info(
    experiment="test", question="", model="", data="", device="cpu", seed=0,
    layers=("fc1", "fc2", "out"), knobs={"lr": 0.01, "batch_size": 10}, classes=2,
    steps_per_epoch=3, rows=30, steps=100,
)  # fmt: skip

Row = tuple[int, float]
"""(step, loss)"""


@dataclass
class Path:
    """A branch from the start of the run to where it is, or was left."""

    rows: list[Row] = field(default_factory=list)
    knobs: dict[str, Value] = field(default_factory=lambda: dict(INFO.knobs))
    markers: list[Applied] = field(default_factory=list)

    def copy(self) -> Path:
        return Path(list(self.rows), dict(self.knobs), list(self.markers))


class Toy:
    """A run that undoes by copying everything; tells of it as the engine does."""

    def __init__(self) -> None:
        self.path = Path()
        self.branch = self.branches = self.losses = 0
        self.past: list[tuple[Path, Applied]] = []
        self.undone: list[tuple[tuple[Path, Applied], Path, int]] = []

    @property
    def step(self) -> int:
        return len(self.path.rows)

    def train(self, steps: int) -> list[Record]:
        first = self.step
        for step in range(first, first + steps):
            self.losses += 1
            self.path.rows.append((step, float(self.losses)))
        rows = np.array([loss for _, loss in self.path.rows[first:]])
        table = np.outer(rows, np.arange(1, LAYERS + 1))
        frame = Frame(
            branch=self.branch, steps=np.arange(first, first + steps), loss=rows,
            accuracy=rows / 1e6, penalty=rows * 0, grad_norm=table, weight_norm=table,
            update_ratio=table, bias_rms=table,
        )  # fmt: skip
        return [self.sample(first, table[0]), frame]

    def sample(self, step: int, signal: np.ndarray) -> Sample:
        nan = np.full(LAYERS, np.nan)
        return Sample(
            branch=self.branch, step=step, signal=signal, activation_mean=signal,
            activation_std=signal, dead=nan, saturated=nan, zero=nan > 0,
        )  # fmt: skip

    def evaluation(self, when: str) -> Eval:
        return Eval(branch=self.branch, step=self.step, when=when, loss=1.0, accuracy=0.5)  # type: ignore[arg-type]

    def set(self, value: float) -> list[Record]:
        applied = Applied(
            branch=self.branch, step=self.step, knob="lr", old=self.path.knobs["lr"], value=value
        )
        self.past.append((self.path.copy(), applied))
        self.undone.clear()
        self.path.knobs["lr"] = value
        self.path.markers.append(applied)
        return [self.evaluation("before"), applied, self.evaluation("after")]

    def undo(self) -> list[Record]:
        if not self.past:
            return []
        before = self.evaluation("before")
        path, applied = self.past.pop()
        self.undone.append(((path, applied), self.path, self.branch))
        parent, left = self.branch, self.step
        self.path = path.copy()
        return [before, *self._open("undo", parent, self.step, left, applied)]

    def redo(self) -> list[Record]:
        if not self.undone:
            return []
        before, left = self.evaluation("before"), self.step
        past, path, branch = self.undone.pop()
        self.past.append(past)
        self.path = path.copy()
        return [before, *self._open("redo", branch, len(past[0].rows), left, past[1])]

    def _open(self, how: str, parent: int, since: int, left: int, applied: Applied) -> list[Record]:
        self.branches += 1
        self.branch = self.branches
        branch = Branch(
            branch=self.branch, step=self.step, how=how, parent=parent,  # type: ignore[arg-type]
            since=since, left=left, knobs=dict(self.path.knobs), changes=(applied,),
        )  # fmt: skip
        return [branch, self.evaluation("after")]


def steps_of(history: History) -> list[tuple[int, int]]:
    """(first step, values) of each bucket."""
    return list(zip(history.first.tolist(), history._rows[: history.size].tolist(), strict=True))


def check(state: RunState, toy: Toy) -> None:
    """Everything that was told of the present branch, and nothing else."""
    rows = toy.path.rows
    assert state.step == (rows[-1][0] if rows else None)
    assert state.knobs == toy.path.knobs
    assert [m for m in state.markers if not m.undone] == toy.path.markers
    for history, factor in ((state.train_loss, 1), (state.quantities["grad_norm"], LAYERS)):
        assert history.total == len(rows)
        starts = history.first.tolist()
        assert starts == sorted(set(starts))
        ends = [*starts[1:], len(rows)][: len(starts)]
        for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
            inside = np.log10([factor * loss for step, loss in rows if start <= step < end])
            assert history._rows[i] == len(inside)
            assert history.low[i, -1] == np.float32(inside.min())
            assert history.high[i, -1] == np.float32(inside.max())
            assert history.last[i, -1] == np.float32(inside[-1])
            np.testing.assert_allclose(history.mean[i, -1], inside.mean(), rtol=1e-5)
        if rows:
            values = np.log10([loss for _, loss in rows]).astype(np.float32)
            assert state.train_loss.range == (values.min(), values.max())
    assert [s.step for s in state.recent] == sorted(s.step for s in state.recent)
    assert all(s.step < len(rows) for s in state.recent)
    assert abs(state.epoch - len(rows) / 3) < 1e-9


ACTS = st.lists(
    st.one_of(st.integers(1, 40), st.floats(0.1, 1.0), st.sampled_from(["undo", "redo"])),
    max_size=40,
)


@settings(deadline=None, max_examples=60)
@given(acts=ACTS, capacity=st.sampled_from([8, 16, 4096]))
def test_a_state_follows_any_walk_through_branches(
    acts: list[int | float | str], capacity: int
) -> None:
    state, toy = RunState(INFO), Toy()
    curves = {"loss": History(1, capacity=capacity), "accuracy": History(1, log=False)}
    state._curves = Quantities(curves)
    layers = {name: History(LAYERS, capacity=capacity) for name in state.quantities}
    state.quantities = Quantities(layers)
    for act in acts:
        match act:
            case int():
                records = toy.train(act)
            case float():
                records = toy.set(act)
            case "undo":
                records = toy.undo()
            case _:
                records = toy.redo()
        state.reduce(records)
        check(state, toy)


def walked(*acts: int | str) -> tuple[RunState, Toy]:
    state, toy = RunState(INFO), Toy()
    for act in acts:
        records = toy.train(act) if isinstance(act, int) else getattr(toy, act)()
        state.reduce(records)
    return state, toy


def test_the_branch_that_was_left_stays_beside() -> None:
    state, toy = RunState(INFO), Toy()
    state.reduce([*toy.train(10), *toy.set(0.1), *toy.train(7), *toy.undo(), *toy.train(3)])
    (left,) = state.left
    assert (left.branch, left.since, left.left) == (0, 10, 17)
    assert steps_of(left.loss) == [(step, 1) for step in range(10, 17)]
    assert [(e.step, e.when) for e in left.evals] == [(10, "after"), (17, "before")]
    assert [(e.step, e.when) for e in state.evals] == [(10, "before"), (10, "after")]
    (mark,) = state.markers
    assert (mark.step, mark.old, mark.value, mark.undone) == (10, 0.1, 0.01, True)
    assert state.branch == 1


def test_evaluations_that_were_thinned_out_are_parted_by_their_steps() -> None:
    state, toy = RunState(INFO), Toy()
    state.reduce([*toy.train(10), *toy.set(0.1), *toy.train(7)])
    state.evals = [e for e in state.evals if e.when == "after"]  # the newest one before is gone
    state.reduce(toy.undo())
    assert [(e.step, e.when) for e in state.evals] == [(10, "after")]
    assert [(e.step, e.when, e.branch) for e in state.left[0].evals] == [
        (10, "after", 0), (17, "before", 0),
    ]  # fmt: skip


def test_verdicts_are_those_of_before() -> None:
    """The samples and the findings that held where the run went back to."""
    state, toy = RunState(INFO), Toy()
    for _ in range(6):
        state.reduce(toy.train(5))
    held = Finding(name="vanishing", step=29, first=0, last=None, layers=("fc1",), evidence=("x",))
    state.reduce([held])
    recent, sample, ghost = state.recent, state.sample, state.ghost
    state.reduce([*toy.set(0.1), *toy.train(5)])
    bad = Finding(name="exploding", step=34, first=31, last=None, layers=("out",), evidence=("y",))
    over = Finding(name="vanishing", step=34, first=0, last=29, layers=("fc1",), evidence=("x",))
    state.reduce([over, bad])
    leaving = state.sample
    state.reduce(toy.undo())
    assert state.findings == {"vanishing": held}
    assert (state.recent, state.sample) == (recent, sample)
    assert state.ghost is ghost
    assert (state.loss, state.step) == (30.0, 29)
    state.reduce(toy.redo())
    assert state.findings == {"vanishing": over, "exploding": bad}
    assert state.sample is leaving


def test_layers_of_what_cannot_be_redone_cost_no_memory() -> None:
    state, toy = RunState(INFO), Toy()
    state.reduce([*toy.train(10), *toy.set(0.1), *toy.train(7), *toy.undo()])
    assert state.left[0].layers is not None
    state.reduce([*toy.train(3), *toy.set(0.2)])
    assert state.left[0].layers is None
    assert state.left[0].loss.size == 7


@pytest.mark.parametrize(("bound", "most"), [("BYTES", 2**9 * LAYERS * 30), ("REACH", 30)])
def test_a_long_session_remembers_few_samples_and_few_branches(
    bound: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(branches, bound, most)
    state, toy = RunState(INFO), Toy()
    for i in range(200):
        state.reduce([*toy.train(2), *toy.set(float(i))])
        if i % 2:
            state.reduce([*toy.train(1), *toy.undo()])
    heavy = [moment for moment in state.bookmarks if moment.fields["sample"] is not None]
    assert len(state.bookmarks) == len(state.markers) == 200
    assert heavy == state.bookmarks[-30:]
    assert sum(moment.fields["now"] != {} for moment in state.bookmarks) == 30
    assert len([m for m in state.bookmarks if m.histograms != (None, None)]) <= branches.HEAVY
    assert len(state.left) <= branches.LEFTS + 1
    assert [left.leaving.fields["sample"] for left in state.left[:-1]] == [None] * branches.LEFTS
    assert np.isfinite([left.leaving.fields["loss"] for left in state.left]).all()
    for _ in range(100):  # back to where numbers alone are known
        state.reduce(toy.undo())
    assert state.markers[-1].undone
    assert state.step == toy.step - 1


def test_undo_to_the_very_start() -> None:
    state, toy = RunState(INFO), Toy()
    state.reduce([*toy.set(0.1), *toy.train(4), *toy.undo()])
    assert state.step is None
    assert state.sample is None
    assert state.train_loss.size == 0


def test_a_redo_of_what_was_never_heard_of_is_taken_as_it_comes() -> None:
    """A reader that came late: knobs and step are right, the gap stays a gap."""
    state = RunState(INFO)
    state.reduce([Branch(branch=3, step=50, how="redo", parent=1, since=20, left=30,
                         knobs={"lr": 1.0, "batch_size": 10})])  # fmt: skip
    assert (state.step, state.knobs["lr"], state.branch) == (49, 1.0, 3)
