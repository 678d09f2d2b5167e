"""The run in its thread: it obeys, it stops, it survives, and it is the same run everywhere."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from gradtui import catalog
from gradtui.core.commands import Command, Pause, Resume, Set, Step
from gradtui.core.records import Applied, End, Eval, Frame, Notice, Record, Sample, State
from gradtui.core.spec import Spec
from gradtui.engine.checkpoint import Checkpoint
from gradtui.engine.keeping import Kind
from gradtui.engine.run import Run
from gradtui.runs.writer import STATE_BYTES
from gradtui.sources.thread import ThreadSource
from tests.engine.nets import losses, of, small_spec, spec_of, train

PATIENCE = 120.0
SMALL = small_spec()


class Lab:
    """A source as the lab drives it, and all that it has told."""

    def __init__(self, spec: Spec, *early: Command) -> None:
        self.source = ThreadSource(spec)
        self.told: list[Record] = []
        for command in early:
            self.source.send(command)
        self.source.start()

    def send(self, command: Command) -> None:
        self.source.send(command)

    def poll(self) -> list[Record]:
        self.told += self.source.poll()
        return self.told

    def until(self, done: Callable[[list[Record]], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not done(self.poll()):
            assert time.monotonic() < end, self.told[-5:]
            time.sleep(0.005)

    def until_word(self, word: str, times: int = 1) -> None:
        self.until(lambda told: sum(s.word == word for s in of(State, told)) >= times)

    @property
    def steps(self) -> int:
        return sum(len(f.steps) + f.merged for f in of(Frame, self.poll()))

    @property
    def net(self) -> Run:
        assert self.source.trainer is not None
        return self.source.trainer.training.net


@pytest.fixture
def labs() -> Iterator[Callable[..., Lab]]:
    opened: list[Lab] = []

    def open_lab(spec: Spec, *early: Command) -> Lab:
        opened.append(Lab(spec, *early))
        return opened[-1]

    yield open_lab
    for lab in opened:
        lab.source.close()


def test_lab_and_train_are_one_run(labs: Callable[..., Lab]) -> None:
    spec = replace(SMALL, steps=60, script=((20, "activation", "relu"), (33, "norm", "layer")))
    source, records = train(spec)
    lab = labs(spec)
    lab.until_word("finished")
    assert lab.steps == 60
    assert source.trainer is not None
    assert torch.equal(lab.net.parameters.flat, source.trainer.training.net.parameters.flat)
    evals = [(e.step, e.when, e.loss) for e in of(Eval, records)]
    assert [(e.step, e.when, e.loss) for e in of(Eval, lab.told)] == evals
    np.testing.assert_array_equal(losses(records)[-3:], losses(lab.told)[-3:])
    assert isinstance(records[-1], End)
    assert records[-1].state == "finished"


def test_pause_stops_and_step_makes_one(labs: Callable[..., Lab]) -> None:
    lab = labs(replace(SMALL, steps=10**6), Pause())  # sent before torch is there
    lab.until_word("paused")
    assert lab.steps == 0
    for made in range(1, 4):
        lab.send(Step())
        lab.until_word("paused", 1 + made)
        assert lab.steps == made
    lab.send(Resume())
    lab.until(lambda told: lab.steps > 50)
    lab.send(Pause())
    lab.until_word("paused", 5)
    stopped = lab.steps
    time.sleep(0.15)
    assert lab.steps == stopped
    lab.send(Step())
    lab.until_word("paused", 6)
    assert lab.steps == stopped + 1


def test_a_change_while_paused_leaves_it_paused(labs: Callable[..., Lab]) -> None:
    lab = labs(replace(SMALL, steps=10**6), Pause(), Set("lr", 0.5), Set("activation", "nosuch"))
    lab.until(lambda told: len(of(Notice, told)) == 1)
    (applied,) = of(Applied, lab.told)
    assert (applied.step, applied.knob, applied.old, applied.value) == (0, "lr", 0.01, 0.5)
    assert lab.steps == 0
    assert of(State, lab.told)[-1].word == "paused"


def test_a_finished_lab_goes_on(labs: Callable[..., Lab]) -> None:
    lab = labs(replace(SMALL, steps=12))
    lab.until_word("finished")
    assert lab.steps == 12
    assert [e.step for e in of(Eval, lab.told) if e.when == "end"] == [12]
    lab.send(Set("shift_bias", "99:1"))
    lab.until(lambda told: len(of(Notice, told)) == 1)
    assert lab.steps == 12
    assert of(State, lab.told)[-1].word == "finished"  # nothing was changed: nothing to see
    lab.send(Set("activation", "relu"))
    lab.until_word("finished", 2)
    assert lab.steps == 24
    lab.send(Resume())
    lab.until(lambda told: lab.steps > 100)
    assert of(State, lab.told)[-1].word == "training"


def test_train_ends_failed_where_it_is_not_finite() -> None:
    source, records = train(spec_of("exploding"))
    end = records[-1]
    assert isinstance(end, End)
    assert (end.state, end.steps) == ("failed", 2)
    assert "not finite at step 1" in end.cause
    assert "fc" in end.cause or "out" in end.cause
    assert str(source.error) == end.cause
    assert losses(records).shape == (2,)
    assert not np.isfinite(losses(records)[1])


def test_the_lab_is_cured_of_it(labs: Callable[..., Lab]) -> None:
    lab = labs(spec_of("exploding"))
    lab.until_word("not finite")
    lab.send(Set("init", "he"))
    lab.until_word("finished")
    assert lab.steps == 300
    assert of(Eval, lab.told)[-1].accuracy > 0.8


@pytest.mark.parametrize("lossless", [True, False])
def test_a_bug_in_an_activation_is_told(lossless: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    def broken(z: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        if calls > 100:
            raise RuntimeError("out of order")
        return torch.tanh(z)

    entry = replace(catalog.activation("tanh"), function=lambda: broken)
    monkeypatch.setattr(catalog, "activation", lambda name: entry)
    source = ThreadSource(replace(SMALL, steps=10**6), lossless=lossless)
    source.start()
    told: list[Record] = []
    end = time.monotonic() + PATIENCE
    while not of(End, told) and time.monotonic() < end:
        told += source.poll()
        time.sleep(0.005)
    source.close()
    state, last = of(State, told)[-1], told[-1]
    assert (state.word, state.cause) == ("failed", "RuntimeError: out of order")
    assert isinstance(last, End)
    assert (last.state, last.cause) == ("failed", state.cause)
    assert isinstance(source.error, RuntimeError)
    assert sum(len(f.steps) + f.merged for f in of(Frame, told)) == last.steps


def test_a_device_that_is_not_there() -> None:
    source, records = train(replace(SMALL, device="cuda:42"))
    assert "cuda:42" in str(source.error)
    assert isinstance(records[-1], End)
    assert records[-1].state == "failed"
    assert records[-1].cause == str(source.error)


@pytest.mark.parametrize("lossless", [True, False])
def test_close_joins_in_any_state(lossless: bool) -> None:
    never = ThreadSource(SMALL, lossless=lossless)
    never.close()
    for pause in (0.0, 0.05, 0.3):
        source = ThreadSource(replace(SMALL, steps=10**6), lossless=lossless)
        source.start()
        time.sleep(pause)  # with nobody reading: a lossless outbox is full by then
        source.close()
        source.close()
        assert not source._thread.is_alive()


def test_of_a_lab_that_was_left_while_torch_was_imported_no_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = threading.Event()
    monkeypatch.setattr(ThreadSource, "_run", lambda _: imported.wait(PATIENCE))
    source = ThreadSource(SMALL, where=tmp_path)
    source.start()
    end = time.monotonic() + PATIENCE
    while not (source.writer is not None and source.writer.path.exists()):
        assert time.monotonic() < end
        time.sleep(0.005)
    leaving = threading.Thread(target=source.close)
    leaving.start()
    while any(tmp_path.iterdir()):
        assert time.monotonic() < end
        time.sleep(0.005)
    imported.set()
    leaving.join()


def test_of_a_lab_that_was_left_no_net_stays(labs: Callable[..., Lab]) -> None:
    lab = labs(replace(SMALL, steps=10**6))
    lab.until_word("training")
    net = weakref.ref(lab.net)
    lab.source.close()
    gc.collect()  # the source itself is still held
    assert net() is None


def test_a_screen_that_never_reads_costs_bounded_memory(labs: Callable[..., Lab]) -> None:
    lab = labs(replace(SMALL, steps=4000, sample_every=1))
    trainer_done = time.monotonic() + PATIENCE
    while lab.source.trainer is None or lab.source.trainer.word != "finished":
        assert time.monotonic() < trainer_done
        time.sleep(0.02)
    lab.poll()
    others = [r for r in lab.told if not isinstance(r, Frame | Sample)]
    assert len(lab.told) - len(others) <= max(lab.source.outbox.capacity, 2 * len(others) + 2)
    assert lab.steps == 4000


@pytest.mark.parametrize(("kind", "all_of_them"), [("pause", False), ("back", True), ("end", True)])
def test_states_of_pauses_do_not_pile_up_before_a_slow_disk(
    tmp_path: Path, kind: Kind, all_of_them: bool
) -> None:
    """Whoever holds the key for one step takes one a step; what must be there is always taken."""
    source = ThreadSource(SMALL, where=tmp_path)  # its writer writes nothing before it starts
    assert source.writer is not None
    net, most = np.ones(STATE_BYTES // 4, np.uint8), STATE_BYTES
    for step in range(10):
        source._keep_state(Checkpoint({"step": step}, {"net": net}), kind)
    assert (source.writer._waiting > most) == all_of_them
    source.close()
