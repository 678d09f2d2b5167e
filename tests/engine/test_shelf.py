"""Old states in a file: they come back to the last bit, and a disk that fails costs no run."""

from __future__ import annotations

import errno
from io import FileIO

import numpy as np
import pytest

from gradtui.core.records import Notice
from gradtui.engine.branching import redo, undo
from gradtui.engine.checkpoint import snapshot
from gradtui.engine.shelf import PAGE, Shelf, Stowed, _make, sizes
from gradtui.engine.undo import Undos
from tests.engine.nets import advance, of, same, small_trainer, state


def arrays(seed: int) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    odd = np.array([np.nan, -0.0, np.inf, 1e-42], np.float32)
    return {
        "a": draw.normal(size=(50, 40)).astype(np.float32),
        "odd": odd,
        "order": draw.permutation(300),
        "zeros": np.broadcast_to(np.float32(0), (7, 3)),
        "none": np.empty((0, 3), np.float32),
    }


def alike(one: Stowed, two: dict[str, np.ndarray]) -> bool:
    return set(one) == set(two) and all(
        (one[name].shape, one[name].dtype, one[name].tobytes()) == (a.shape, a.dtype, a.tobytes())
        for name, a in two.items()
    )


def test_states_come_back_to_the_last_bit() -> None:
    shelf = Shelf()
    wanted = [arrays(seed) for seed in range(4)]
    states = [Stowed(each) for each in wanted]
    assert sizes(states)[1] == 0
    for each in states:
        shelf.put(each)
        shelf.put(each)  # a second time is none
    shelf.settle()
    assert sizes(states)[0] == 0
    assert all(alike(*pair) for pair in zip(states, wanted, strict=True))
    assert shelf.works


def test_what_states_have_in_common_is_written_once_and_room_is_used_again() -> None:
    shelf, common = Shelf(), np.arange(PAGE, dtype=np.float64)
    states = [Stowed({"a": common, "b": np.full(3, n)}) for n in range(3)]
    for each in states:
        shelf.put(each)
    shelf.settle()
    assert sizes(states)[1] == common.nbytes + 3 * 24
    end = shelf._end
    del states, each
    for n in range(5):
        one = Stowed({"a": common + n, "b": np.full(3, n)})
        shelf.put(one)
        shelf.settle()
        np.testing.assert_array_equal(one["a"], common + n)
    assert shelf._end == end


class Full(FileIO):
    """A disk that takes so many bytes."""

    room = 5000

    def write(self, data: object) -> int:
        taken = memoryview(data)[: self.room]  # type: ignore[arg-type]
        if not taken:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= len(taken)
        return super().write(taken)


def test_a_full_disk_leaves_states_in_memory(tmp_path: object) -> None:
    shelf = Shelf(lambda: Full(f"{tmp_path}/file", "w+"))
    wanted = arrays(1)
    one = Stowed(wanted)
    shelf.put(one)
    shelf.settle()
    assert not shelf.works
    assert alike(one, wanted)


def test_no_folder_for_files_leaves_states_in_memory() -> None:
    def make() -> FileIO:
        raise FileNotFoundError(errno.ENOENT, "no usable temporary directory")

    undos, trainer = Undos(shelf=Shelf(make)), small_trainer(steps=1000)
    for _ in range(3):
        undos.keep(snapshot(trainer.training), ())
    undos.shelf.put(next(undos._states()))
    undos.shelf.settle()
    assert not undos.shelf.works
    assert undos.back(snapshot(trainer.training), 0).before.step == 0


def test_undo_and_redo_through_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """All but the newest state is away: bit by bit what it was."""
    monkeypatch.setattr("gradtui.engine.undo.NEAR", 1)
    trainer = small_trainer("dropout=0.1", "optimizer=adam", endless=True, steps=1000)
    advance(trainer, 12)
    known = [state(trainer.training.net)]
    for knob, value in (("lr", 0.1), ("activation", "relu"), ("clip", "norm:1")):
        trainer.training.apply(knob, value)
        advance(trainer, 4)
        known.append(state(trainer.training.net))
    undos = trainer.training.undos
    undos.shelf.settle()
    held, away = sizes(undos._states())
    assert away > held > 0
    for before in known[-2::-1]:
        assert undo(trainer.training)
        assert same(state(trainer.training.net), before)
    undos.shelf.settle()
    for after in known[1:]:
        assert redo(trainer.training)
        assert same(state(trainer.training.net), after)


def test_a_state_that_the_disk_has_lost_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradtui.engine.undo.NEAR", 1)
    file = _make()
    trainer = small_trainer(endless=True, steps=1000)
    trainer.training.undos = undos = Undos(shelf=Shelf(lambda: file))
    for lr in (0.1, 0.2):
        advance(trainer, 2)
        trainer.training.apply("lr", lr)
    undos.shelf.settle()
    assert undo(trainer.training)
    undos.shelf.settle()  # what was undone is written, too: it would make the file longer again
    file.truncate(0)
    before = state(trainer.training.net)
    trainer.outbox.drain()
    assert not undo(trainer.training)
    (notice,) = of(Notice, trainer.outbox.drain())
    assert notice.text == (
        "that state cannot be read any more: the file of old states is shorter than it was."
    )
    assert same(state(trainer.training.net), before)
