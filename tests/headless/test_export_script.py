"""The stand-alone script against the run it was written from: the same losses, bit by bit."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gradtui.core.errors import UsageError
from gradtui.core.records import Applied, Eval, Info
from gradtui.engine.data import load
from tests.engine.nets import losses, of, spec_of
from tests.headless.recordings import Recorded, export, frame, info, real, train_script

MLP = ("vanishing", "depth=4", "width=24", "activation=relu", "init=he")
CASES = {
    "default": ("vanishing",),
    "softmax": ("softmax",),
    "keras": ("keras",),
    "overfit": ("overfit",),
    "mean-field": ("mean-field", "depth=4", "sigma_b=0.3"),
    "dead-relu": ("dead-relu",),
    "exploding": ("exploding", "clip=norm:1"),
    "not finite": ("exploding",),
    "no hidden layer": ("vanishing", "depth=0", "init=he"),
    "adam": (*MLP, "optimizer=adam", "lr=0.001", "dropout=0.3"),
    "adamw": (*MLP, "optimizer=adamw", "lr=0.001", "residual=on"),
    "rmsprop": (*MLP, "optimizer=rmsprop", "lr=0.001", "momentum=0.9"),
    "l1": (*MLP, "regularizer=l1", "clip=value:0.01"),
    "l2": (*MLP, "regularizer=l2", "momentum=0"),
    "elastic_net": (*MLP, "regularizer=elastic_net", "norm=layer"),
    "max_norm": (*MLP, "regularizer=max_norm", "strength=1", "init=lecun"),
    "a strength of 0": (*MLP, "regularizer=l2", "strength=0"),
    "batch norm": (*MLP, "norm=batch", "batch_size=37"),
    "batches of one": (*MLP, "norm=batch", "batch_size=4"),
    "rezero": (
        *MLP,
        "residual=rezero",
        "norm=batch",
        "dropout=0.2",
        "optimizer=adam",
        "clip=norm:1",
    ),
    "orthogonal": (*MLP, "init=orthogonal", "activation=identity"),
    "torch": (*MLP, "init=torch", "activation=gelu"),
    "gain": (*MLP, "init=gain:1.5", "activation=selu", "batch_size=full", "decay=0.01"),
    "cnn": ("cnn", "depth=3", "init=he"),
    "cnn normed": ("cnn", "depth=3", "norm=batch", "residual=on", "init=orthogonal"),
    "cnn by position": ("cnn", "depth=3", "norm=layer", "dropout=0.2", "regularizer=max_norm"),
    "cnn torch": ("cnn", "depth=2", "init=torch", "optimizer=adam"),
    "rnn": ("rnn", "length=20"),
    "rates, keras": ("rnn", "length=20", "adam_eps=keras", "decay=0.1"),
    "rotations": ("rnn", "length=20", "init=orthogonal"),
    "gated rotations": ("rnn", "length=20", "cell=lstm", "init=orthogonal"),
    "lstm": (
        "rnn",
        "length=20",
        "cell=lstm",
        "forget_bias=1",
        "regularizer=max_norm",
        "strength=1",
    ),
    "transformer": ("seq2seq-transformer", "depth=1", "dropout=0.1", "decay=0.01", "warmup=5"),
    "post": ("seq2seq-transformer", "depth=1", "norm_position=post", "residual=rezero"),
    "decoder": ("char-lm", "depth=1", "length=20", "init=he"),
    "seq2seq": ("seq2seq-rnn", "width=16", "dropout=0.1", "regularizer=max_norm", "strength=1"),
    "stacked": ("rnn", "length=20", "depth=2", "init=orthogonal", "regularizer=max_norm"),
    "stacked lstm": ("rnn", "length=20", "depth=3", "cell=lstm", "forget_bias=1", "width=24"),
    "gru": ("rnn", "length=20", "cell=gru", "init=he", "regularizer=l2"),
}


@pytest.fixture(autouse=True)
def same_threads() -> Iterator[None]:
    """A script sets them for its own process."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("case", CASES)
def test_the_script_trains_the_same_run(case: str, tmp_path: Path) -> None:
    experiment, *sets = CASES[case]
    run = real(experiment, *sets, steps=30, seed=5)
    found, (loss, accuracy) = train_script(export(run, tmp_path / "run.py"))
    np.testing.assert_array_equal(found, losses(run.told))
    if case != "not finite":
        last = evaluation(run)
        assert (loss, accuracy) == pytest.approx((last.loss, last.accuracy), rel=1e-6)


def test_the_script_of_a_transformer_as_wide_as_it_has_symbols(tmp_path: Path) -> None:
    """The logits have their bias, whatever the shape of their weights."""
    square = "depth=1", "width=42", "heads=2", "batch_size=8"
    run = real("seq2seq-transformer", *square, steps=3, data="dates")
    found, _ = train_script(export(run, tmp_path / "run.py"))
    np.testing.assert_array_equal(found, losses(run.told))
    assert "bias=WIDTH" not in (tmp_path / "run.py").read_text(encoding="utf-8")


def evaluation(run: Recorded) -> Eval:
    """The last one."""
    return of(Eval, run.told)[-1]


def test_the_script_runs_alone(tmp_path: Path) -> None:
    """In a process of its own, where gradtui is not even importable; 100 steps of the default."""
    run = real("vanishing", "activation=tanh", "regularizer=l2", steps=100, seed=11)
    path = export(run, tmp_path / "run.py")
    code = f"import sys; sys.modules['gradtui'] = None; import runpy; runpy.run_path({str(path)!r}"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}, run_name='__main__')"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = {int(n): float(loss) for n, loss in re.findall(r"step (\d+)   loss (\S+)", done.stdout)}
    every = losses(run.told)
    assert sorted(told) == [*range(0, 100, 10), 99]
    assert list(told.values()) == pytest.approx([every[step] for step in sorted(told)], rel=1e-8)
    last = re.search(r"test   loss (\S+)   accuracy (\S+)", done.stdout)
    assert last is not None
    assert float(last[1]) == pytest.approx(evaluation(run).loss, rel=1e-6)
    assert float(last[2]) == pytest.approx(evaluation(run).accuracy, abs=1e-4)


@pytest.mark.parametrize("name", ["digits", "digits100", "clusters", "recall"])
def test_the_scripts_data_are_gradtuis(name: str, tmp_path: Path) -> None:
    experiment = "rnn" if name == "recall" else "keras"
    asked = {} if name == "recall" else {"data": name}
    run = real(experiment, steps=1, **asked)
    script = runpy.run_path(str(export(run, tmp_path / "run.py")))
    ours = load(name)
    for found, expected in zip(
        script["load_data"](), (ours.x_train, ours.y_train, ours.x_test, ours.y_test), strict=True
    ):
        np.testing.assert_array_equal(found.numpy(), expected)


def test_data_of_a_persons_own_lie_beside_the_script(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.standard_normal((60, 3)), rng.integers(0, 3, 60)])
    table = tmp_path / "mine.csv"
    np.savetxt(table, rows, delimiter=",", fmt=["%.6f"] * 3 + ["%d"])
    run = real("vanishing", "depth=2", "width=5", steps=10, data=str(table))
    found, _ = train_script(export(run, tmp_path / "run.py"))
    np.testing.assert_array_equal(found, losses(run.told))
    assert (tmp_path / "run.npz").exists()
    (tmp_path / "run.py").unlink()
    with pytest.raises(UsageError, match=r"run\.npz exists"):
        export(run, tmp_path / "run.py")
    assert not (tmp_path / "run.py").exists()
    with pytest.raises(UsageError, match="in a file beside it"):
        export(run, Path("-"), "script")


def test_the_knobs_are_those_that_stood_last(tmp_path: Path) -> None:
    run = real("vanishing", "depth=3", steps=20, at=("5:activation=relu", "9:shift_bias=0:-1"))
    text = export(run, tmp_path / "run.py").read_text(encoding="utf-8")
    assert "torch.relu(" in text
    assert "sigmoid(" not in text
    head = ast.get_docstring(ast.parse(text)) or ""
    assert "step 5: activation sigmoid → relu" in head
    assert "step 9: shift_bias 0:-1" in head
    straight = real("vanishing", "depth=3", "activation=relu", steps=20)
    np.testing.assert_array_equal(train_script(tmp_path / "run.py")[0], losses(straight.told))


def test_a_run_on_a_gpu_is_a_script_for_one(tmp_path: Path) -> None:
    """Here on the CPU, under its name: the same numbers, with every tensor moved there."""
    run = real("vanishing", "depth=2", "dropout=0.2", "norm=batch", steps=20, seed=3)
    told = tuple(
        replace(record, device="cuda:1, NVIDIA H100") if isinstance(record, Info) else record
        for record in run.told
    )
    path = export(replace(run, told=told), tmp_path / "run.py")
    text = path.read_text(encoding="utf-8")
    assert 'DEVICE = torch.device("cuda:1")' in text
    path.write_text(text.replace('"cuda:1"', '"cpu"'), encoding="utf-8")
    found, _ = train_script(path)
    np.testing.assert_allclose(found, losses(run.told), rtol=1e-5)  # on all threads, not on one


def test_what_was_done_to_the_weights_is_told(tmp_path: Path) -> None:
    run = real("vanishing", "depth=3", "rescale=2", steps=3)
    text = export(run, tmp_path / "run.py").read_text(encoding="utf-8")
    assert "step 0: rescale 2.0" in text
    assert "losses. Needs" not in text, "its losses are not those of the run"


def test_images_of_a_persons_own_in_colour(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for i in range(40):
        (folder := tmp_path / "images" / str(i % 2)).mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 256, (9, 7, 3), np.uint8) // (1 + i % 2)
        Image.fromarray(pixels).save(folder / f"{i}.png")
    data = str(tmp_path / "images")
    run = real("cnn", "depth=3", "init=he", "batch_size=8", steps=15, data=data)
    found, _ = train_script(export(run, tmp_path / "run.py"))
    np.testing.assert_allclose(found, losses(run.told), rtol=1e-5)


def test_an_empty_run_has_its_whole_length(tmp_path: Path) -> None:
    run = Recorded(info("fc1", "out", device="cpu", steps=600), (), spec_of("vanishing"))
    assert "STEPS = 600\n" in export(run, tmp_path / "run.py").read_text(encoding="utf-8")


def test_text_of_a_run_file_never_becomes_code(tmp_path: Path) -> None:
    evil = '"""\nimport os\nos.abort()\n"""\\'
    spec = spec_of("vanishing", "depth=1")
    told = (frame(0), Applied(step=1, knob=evil, old=evil, value=evil))
    run = Recorded(info(model=evil, data=evil, device="cpu"), told, spec)
    tree = ast.parse(export(run, tmp_path / "run.py").read_text(encoding="utf-8"))
    imported = [node.names[0].name for node in ast.walk(tree) if isinstance(node, ast.Import)]
    assert "os" not in imported
    assert "abort" in (ast.get_docstring(tree) or "")


@pytest.mark.parametrize(
    "knob", [("activation", "__import__('os')"), ("lr", "1; x"), ("clip", "x")]
)
def test_a_knob_that_nobody_knows_is_refused(knob: tuple[str, str], tmp_path: Path) -> None:
    run = Recorded(info(device="cpu"), (Applied(step=0, knob=knob[0], old="", value=knob[1]),),
                   spec_of("vanishing"))  # fmt: skip
    with pytest.raises(UsageError, match=knob[0]):
        export(run, tmp_path / "run.py")
    assert not (tmp_path / "run.py").exists()


def test_a_net_that_no_script_can_hold(tmp_path: Path) -> None:
    spec = spec_of("vanishing")
    strange = replace(spec.experiment, net=replace(spec.experiment.net, name="graph"))
    with pytest.raises(UsageError, match="trains a graph net; a script can hold mlp, cnn"):
        export(Recorded(info(), (), replace(spec, experiment=strange)), tmp_path / "run.py")
