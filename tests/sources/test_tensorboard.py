"""Somebody else's event files as a run: which tags become what, and a folder that grows."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch.utils.tensorboard import SummaryWriter

from gradtui.core.commands import Set
from gradtui.core.errors import UsageError
from gradtui.core.records import Eval, Frame, Info, Notice, Record, Sample, State
from gradtui.core.state import RunState
from gradtui.doctor.verdicts import verdicts
from gradtui.sources.scalars.layout import NO_LAYER, in_depth, layout
from gradtui.sources.scalars.tags import meaning
from gradtui.sources.tensorboard import TensorBoardSource
from tests.cli.processes import gradtui
from tests.engine.nets import losses, of
from tests.headless.recordings import Recorded, export, frame, info, real, sample

PATIENCE = 120.0


class Log:
    """A folder as torch's own writer makes it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer: Any = SummaryWriter(str(path))

    def __call__(self, step: int, **tags: float) -> None:
        """`a__b` is the tag `a/b`."""
        for tag, value in tags.items():
            self.writer.add_scalar(tag.replace("__", "/"), value, step)

    def flush(self) -> None:
        self.writer.flush()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = Log(tmp_path / "run")
    yield made
    made.writer.close()


def told(path: Path) -> tuple[RunState, list[Record]]:
    source = TensorBoardSource(path)
    state = RunState(source.info)
    records = source.whole()
    state.reduce(records)
    return state, records


@pytest.mark.parametrize(
    ("tag", "quantity", "layer"),
    [
        ("grad_norm/layer1", "grad_norm", "layer1"), ("fc1/grad_norm", "grad_norm", "fc1"),
        ("gradients/fc1", "grad_norm", "fc1"), ("gradients/fc1.weight", "grad_norm", "fc1"),
        ("grad_2.0_norm/fc1.weight", "grad_norm", "fc1"), ("grad_norm_fc1", "grad_norm", "fc1"),
        ("fc1.weight.grad_norm", "grad_norm", "fc1"),
        ("train/grad_norm/encoder/0", "grad_norm", "encoder/0"),
        ("Gradient Norm/block.3.attn", "grad_norm", "block.3.attn"),
        ("debug/conv2/weight_norm", "weight_norm", "conv2"),
        ("param_norm/fc2", "weight_norm", "fc2"), ("update_ratio/fc2", "update_ratio", "fc2"),
        ("signal/out", "signal", "out"), ("dead/fc1", "dead", "fc1"),
        ("dense/kernel:0/grad_norm", "grad_norm", "dense"),
    ],
)  # fmt: skip
def test_tags_that_name_a_layer(tag: str, quantity: str, layer: str) -> None:
    found = meaning(tag)
    assert (found.kind, found.quantity, found.layer) == ("layer", quantity, layer)


@pytest.mark.parametrize(
    ("tag", "kind", "held_out"),
    [
        ("loss", "loss", False), ("Loss/train", "loss", False), ("train_loss", "loss", False),
        ("train/loss_step", "loss", False), ("epoch_loss", "loss", False),
        ("Loss/test", "loss", True), ("val_loss", "loss", True), ("eval/loss", "loss", True),
        ("validation/epoch_loss", "loss", True), ("loss/penalty", "penalty", False),
        ("accuracy/train", "accuracy", False), ("val_acc", "accuracy", True),
        ("test/top1", "accuracy", True), ("epoch_sparse_categorical_accuracy", "accuracy", False),
        ("lr", "lr", False), ("learning_rate", "lr", False), ("lr-SGD/momentum", "lr", False),
        ("grad_norm", "other", False), ("train/grad_norm", "other", False),
        ("grad_2.0_norm_total", "other", False), ("gradients/fc1.bias", "other", False),
        ("glossary", "other", False), ("misc/gpu", "other", False), ("", "other", False),
    ],
)  # fmt: skip
def test_tags_that_name_none(tag: str, kind: str, held_out: bool) -> None:
    found = meaning(tag)
    assert (found.kind, found.held_out) == (kind, held_out)


def test_the_plainest_loss_is_the_loss() -> None:
    found = layout(["loss/aux", "train/loss_step", "train/loss", "val/loss_kl", "val/loss"])
    assert (found.loss, found.test_loss) == ("train/loss_step", "val/loss")


def test_rows_are_the_layers_that_most_is_known_of() -> None:
    tags = ["weight_norm/a", *(f"grad_norm/{name}" for name in "cab"), "dead/a"]
    found = layout(tags)
    assert found.layers == ("c", "a", "b")
    assert set(found.quantities) == {"grad_norm", "dead"}, "weight_norm is known of one layer only"
    assert found.quantities["dead"] == ("", "dead/a", "")
    assert layout(["loss"]).layers == (NO_LAYER,)


def test_an_alphabet_is_no_depth() -> None:
    assert in_depth(["fc1", "fc10", "fc2"]) == ("fc1", "fc2", "fc10")
    assert in_depth(["stem", "b2", "b10", "head"]) == ("stem", "b2", "b10", "head")


def test_a_folder_becomes_a_run(log: Log) -> None:
    for step in range(30):
        log(step, Loss__train=2.0 - step / 100, train__acc=step / 100, lr=0.5 / (step + 1))
        if step % 10 == 0:
            log(step, grad_norm__fc1=1.0 + step, grad_norm__fc2=2.0 + step, Loss__val=3.0, gpu=1.0)
    log.flush()
    state, records = told(log.path)
    assert state.info.layers == ("fc1", "fc2")
    assert state.info.experiment == "run"
    assert losses(records) == pytest.approx([2.0 - step / 100 for step in range(30)])
    assert state.step == 29
    assert state.accuracy == pytest.approx(0.29)
    assert state.now["grad_norm"].tolist() == [21.0, 22.0]
    measured = [f for f in of(Frame, records) if f.grad_norm is not None]
    assert np.concatenate([f.steps for f in measured]).tolist() == [0, 10, 20]
    assert [(e.step, e.loss) for e in of(Eval, records)] == [(0, 3.0), (10, 3.0), (20, 3.0)]
    assert state.knobs["lr"] == pytest.approx(0.5 / 30)
    assert set(state.info.locked.values()) == {"event files cannot steer a run"}
    assert {"activation", "lr", "optimizer"} <= set(state.info.locked)
    assert state.word == "training"


def test_values_that_are_not_finite_stay_so(log: Log) -> None:
    for step, value in enumerate((1.0, math.nan, math.inf, -math.inf)):
        log(step, loss=value, grad_norm__fc1=value, grad_norm__fc2=1.0)
    log.flush()
    state, records = told(log.path)
    np.testing.assert_array_equal(losses(records), [1.0, math.nan, math.inf, -math.inf])
    np.testing.assert_array_equal(state.now["grad_norm"], [-math.inf, 1.0])


def test_a_quantity_begins_where_each_row_has_one(log: Log) -> None:
    log(0, loss=1.0, grad_norm__fc1=1.0)
    log(1, loss=1.0, grad_norm__fc1=2.0, grad_norm__fc2=5.0)
    log(2, loss=1.0, grad_norm__fc1=3.0)
    log.flush()
    _, records = told(log.path)
    norms = [f.grad_norm for f in of(Frame, records) if f.grad_norm is not None]
    assert np.concatenate(norms).tolist() == [[2.0, 5.0], [3.0, 5.0]]


def test_a_signal_without_activations_is_judged_by_itself(log: Log) -> None:
    for step in range(3):
        log(step, loss=1.0, signal__fc1=1e-9, signal__fc2=1e-3, signal__out=1.0)
    log.flush()
    assert [verdict.word for verdict in verdicts(told(log.path)[0])][::2] == [
        "vanishing",
        "healthy",
    ]


def test_what_gradtui_exports_comes_back(tmp_path: Path) -> None:
    run = real("vanishing", "depth=3", "activation=relu", steps=25)
    state, records = told(export(run, tmp_path / "run", "tensorboard"))
    before = RunState(run.info)
    before.reduce(run.told)
    assert state.info.layers == run.info.layers
    np.testing.assert_allclose(losses(records), losses(run.told), rtol=1e-6)
    for name in ("signal", "grad_norm", "weight_norm", "update_ratio", "bias_rms", "dead"):
        np.testing.assert_allclose(state.now[name], before.now[name], rtol=1e-6)
    assert [s.step for s in of(Sample, records)] == [s.step for s in of(Sample, run.told)]
    assert [e.step for e in of(Eval, records)] == [0, 23, 25]


def test_folders_of_train_and_validation_are_one_run(tmp_path: Path) -> None:
    for part, value in (("train", 1.0), ("validation", 2.0)):
        log = Log(tmp_path / part)
        log(0, epoch_loss=value, epoch_accuracy=value / 4)
        log.writer.close()
    state, _ = told(tmp_path)
    assert (state.loss, state.accuracy) == (1.0, 0.25)
    assert (state.evals[-1].loss, state.evals[-1].accuracy) == (2.0, 0.5)


def test_names_cannot_speak_to_a_terminal(tmp_path: Path) -> None:
    run = Recorded(info("fc1"), (frame(0, layers=1), sample(0, layers=1)))
    folder = export(run, tmp_path / "\x1b[31mred", "tensorboard")
    log = Log(folder)
    log(0, **{"grad_norm__\x1b]0;owned\x07": 1.0, "\x1b[2J": 1.0})
    log.writer.close()
    source = TensorBoardSource(folder)
    texts = [*source.info.layers, source.info.experiment]
    texts += [n.text for n in source._notices() if isinstance(n, Notice)]
    assert "fc1" in texts
    assert all(text.isprintable() for text in texts)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda d: None, "holds no TensorBoard event files"),
        (lambda d: (d / "events.out.tfevents.1").write_bytes(b"\xff" * 500), "but no scalars"),
        (lambda d: (d / "events.out.tfevents.1").write_bytes(b""), "but no scalars"),
        (lambda d: [Log(d / name).writer.close() for name in "ab"], "holds 2 runs.* a, b"),
    ],
)  # fmt: skip
def test_folders_that_are_no_run(tmp_path: Path, make: Callable[[Path], object], said: str) -> None:
    make(tmp_path)
    with pytest.raises(UsageError, match=said):
        TensorBoardSource(tmp_path)


def test_a_file_that_breaks_off_is_read_up_to_there(log: Log) -> None:
    for step in range(5):
        log(step, loss=1.0 + step)
    log.writer.close()
    (file,) = log.path.iterdir()
    file.write_bytes(file.read_bytes()[:-9])
    assert losses(told(log.path)[1]).tolist() == [1.0, 2.0, 3.0, 4.0]


def test_without_tensorboard_one_sentence_says_what_to_install(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard.backend.event_processing.event_file_loader", None)
    with pytest.raises(UsageError, match=r"pip install 'gradtui\[tensorboard\]'"):
        TensorBoardSource(log.path)


def test_a_folder_that_grows_is_followed(log: Log) -> None:
    """New steps come, a new layer opens the rows anew, and nothing can be changed."""
    log(0, loss=4.0, grad_norm__fc1=1.0)
    log(1, loss=3.0, grad_norm__fc1=1.0)
    log.flush()
    source = TensorBoardSource(log.path)
    state = RunState(source.info)
    records: list[Record] = []
    source.start()

    def until(done: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < end, records[-5:]
            records.extend(new := source.poll())
            state.reduce(new)
            time.sleep(0.01)

    try:
        until(lambda: state.step == 1)
        log(2, loss=2.0, grad_norm__fc1=1.5)
        log.flush()
        until(lambda: state.step == 2)
        assert state.loss == 2.0
        log(3, loss=1.0, grad_norm__fc1=1.0, grad_norm__fc2=7.0)
        log.flush()
        until(lambda: state.step == 3)
        assert state.info.layers == ("fc1", "fc2")
        assert state.now["grad_norm"].tolist() == [1.0, 7.0]
        log(4, loss=0.5, grad_norm__fc1=1.0, grad_norm__fc2=7.0, val_loss=2.0)
        log.flush()
        until(lambda: state.step == 4)
        log(5, loss=0.4, grad_norm__fc1=1.0, grad_norm__fc2=7.0, val_loss=1.0)
        log.flush()
        until(lambda: state.step == 5)
        source.send(Set("lr", 1.0))
        until(lambda: any("cannot steer" in notice.text for notice in of(Notice, records)))
    finally:
        source.close()
    assert [i.layers for i in of(Info, records)][-1] == ("fc1", "fc2")
    assert {s.word for s in of(State, records)} == {"training"}
    assert state.train_loss.total == 6, "told anew, from the start"
    assert [evaluation.loss for evaluation in state.evals] == [2.0, 1.0]


def test_shares_of_activations_that_are_no_layers_are_left_out(log: Log) -> None:
    log(0, loss=4.0, grad_norm__fc1=1.0, dead__relu1=0.5)
    log.flush()
    state, _ = told(log.path)
    assert (state.step, state.info.layers) == (0, ("fc1",))


def test_attach_prints_a_folder(log: Log) -> None:
    log(0, loss=4.0, grad_norm__layer7=1.0)
    log.flush()
    done = gradtui("attach", str(log.path), "--once")
    assert done.returncode == 0, done.stderr
    assert "layer7" in done.stdout
    assert "grad norm" in done.stdout
    missing = gradtui("attach", str(log.path.parent / "none"))
    assert missing.returncode == 2
