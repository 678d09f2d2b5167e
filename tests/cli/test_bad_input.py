"""Wrong input: one sentence that names it and what is allowed, status 2, nothing on stdout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gradtui.cli import main
from tests.cli.processes import gradtui

USAGE: list[tuple[list[str], list[str]]] = [
    (["trian"], ["unknown command 'trian'", "Did you mean train?", "Did you mean train?"]),
    (["vanish"], ["unknown command 'vanish'", "Did you mean gradtui lab vanishing?"]),
    (["--steps", "50"], ["--steps", "gradtui lab"]),
    (["--json"], ["--json", "gradtui train"]),
    (["train", "vanishng"], ["experiment 'vanishng'", "exploding", "Did you mean vanishing?"]),
    (["train", "--stepz", "3"], ["--stepz", "--steps"]),
    (["train", "vanishing", "init"], ["init"]),
    (["train", "--steps", "-1"], ["--steps '-1'", "whole number from 1"]),
    (["train", "--steps", "0"], ["--steps '0'"]),
    (["train", "--steps", "many"], ["--steps 'many'", "whole number from 1"]),
    (["train", "--steps", "9" * 5000], ["--steps"]),
    (["train", "--epochs", "0"], ["--epochs '0'"]),
    (["train", "--seed", "-1"], ["--seed '-1'", "from 0"]),
    (["train", "--seed", str(2**64)], ["--seed"]),
    (["train", "--sample-every", "0"], ["--sample-every '0'"]),
    (["train", "--every", "0"], ["--every '0'"]),
    (["train", "--probe", "maybe"], ["unknown --probe 'maybe'", "allowed: on, off"]),
    (["train", "--device", "gpu"], ["device 'gpu'", "auto, cpu, cuda", "Did you mean cuda?"]),
    (["train", "--device", "cuda:x"], ["device 'cuda:x'"]),
    (["train", "--device", "cuda:300"], ["device 'cuda:300'"]),
    (["train", "--device", "cuda:99"], ["cuda:99", "no such GPU"]),
    (["train", "--data", "digitz"], ["'digitz'", "clusters", "Did you mean digits?"]),
    (["train", "--data", "no/such.csv"], ["'no/such.csv'", "does not exist"]),
    (["train", "--set", "activation"], ["'activation'", "KNOB=VALUE"]),
    (["train", "--set", "activaton=tanh"], ["knob 'activaton'", "Did you mean activation?"]),
    (["train", "--set", "activation=tahn"], ["activation 'tahn'", "Did you mean tanh?"]),
    (["train", "--set", "regularizer=l3"], ["regularizer 'l3'", "max_norm"]),
    (["train", "--set", "lr=0"], ["lr '0'", "above 0"]),
    (["train", "--set", "lr=nan"], ["lr 'nan'"]),
    (["train", "--set", "lr=fast"], ["lr 'fast'", "number"]),
    (["train", "--set", "dropout=1"], ["dropout '1'", "below 1"]),
    (["train", "--set", "clip=norm:-1"], ["clip", "'-1'", "above 0"]),
    (["train", "--set", "clip=hard"], ["clip 'hard'", "norm:X"]),
    (["train", "--set", "init=gain:0"], ["init", "'0'"]),
    (["train", "--set", "depth=-1"], ["depth '-1'", "from 0"]),
    (["train", "--set", "width=0"], ["width '0'", "from 1"]),
    (["train", "--set", "batch_size=-8"], ["batch_size '-8'"]),
    (["train", "--set", "rescale=0"], ["rescale '0'"]),
    (["train", "--set", "shift_bias=1"], ["shift_bias '1'", "LAYER:V"]),
    (["train", "--set", "shift_bias=0:inf"], ["'inf'", "a finite number."]),
    (
        ["runs", "rn", "x"],
        ["unknown command of runs 'rn'", "allowed: stop, rm", "Did you mean rm?"],
    ),
    (["attach", "~nobody-here/x.gradtui"], ["there is no run file"]),
    (["runs", "stop"], ["name a run", "`gradtui runs` lists them"]),
    (["runs", "rm"], ["name a run", "`gradtui runs` lists them"]),
    (["resume"], ["name a run", "`gradtui runs` lists them"]),
    (["train", "--set", "shift_bias=16:1"], ["no layer 16", "0 to 15"]),
    (["train", "--at", "activation=tanh"], ["'activation=tanh'", "STEP:KNOB=VALUE"]),
    (["train", "--at", "5:activation"], ["'5:activation'", "STEP:KNOB=VALUE"]),
    (["train", "--at", "-5:lr=1"], ["'-5'", "from 0"]),
    (["train", "--at", "soon:lr=1"], ["'soon'"]),
    (["train", "--at", "5:depth=3"], ["depth is fixed at the start", "--set depth=3"]),
    (["train", "--at", "5:shift_bias=99:1"], ["no layer 99"]),
    (["train", "--at", "600:lr=1"], ["600:lr=1", "600 steps", "0 to 599"]),
    (["train", "--steps", "9", "--at", "9:lr=1"], ["9 steps"]),
    (["train", "--epochs", "2", "--at", "46:lr=1"], ["46 steps"]),
    (["train", "--steps", "99", "--epochs", "1", "--at", "23:lr=1"], ["23 steps"]),
    (["train", "--epochs", "1", "--set", "batch_size=full", "--at", "1:lr=1"], ["1 steps"]),
    (["lab", "vanishng"], ["experiment 'vanishng'"]),
    (["lab", "--theme", "drak"], ["theme 'drak'", "light", "Did you mean dark?"]),
    (["lab", "--fps", "0"], ["--fps '0'"]),
    (["lab", "--at", "600:lr=1"], ["600 steps"]),
    (["lab"], ["no terminal", "gradtui train"]),
    ([], ["no terminal"]),
    (["list", "experiment"], ["kind 'experiment'", "Did you mean experiments?"]),
]


@pytest.mark.parametrize(("args", "said"), USAGE, ids=lambda value: " ".join(value)[:40])
def test_one_sentence_and_status_2(
    args: list[str], said: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(args)
    out, err = capfd.readouterr()
    assert left.value.code == 2
    assert out == ""
    assert err.startswith("gradtui: ")
    assert err.count("\n") == 1
    for part in said:
        assert part in err


ROWS = "".join(f"{i},{i % 7},{i % 2}\n" for i in range(30))
FILES = {
    "empty.csv": b"",
    "words.csv": (ROWS + "one,two,1\n").encode(),
    "ragged.csv": (ROWS + "1,2,3,1\n").encode(),
    "short.csv": b"1,2,0\n3,4,1\n",
    "labels.csv": (ROWS + "1,2,-1\n").encode(),
    "fraction.csv": (ROWS + "1,2,0.5\n").encode(),
    "nan.csv": (ROWS + "nan,2,1\n").encode(),
    "binary.csv": bytes(range(256)) * 8,
    "empty.npz": b"",
    "torn.npz": b"PK\x03\x04 torn",
    "notes.txt": b"hello",
}


@pytest.mark.parametrize("name", FILES)
def test_a_data_file_that_cannot_be_used(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / name
    file.write_bytes(FILES[name])
    with pytest.raises(SystemExit) as left:
        main(["train", "--data", str(file), "--steps", "1"])
    out, err = capfd.readouterr()
    assert (left.value.code, out, err.count("\n")) == (2, "", 1)
    assert name in err


def test_labels_out_of_range_in_an_npz(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "gap.npz"
    np.savez(file, X=np.eye(30), y=np.arange(30) % 2 * 5)
    with pytest.raises(SystemExit) as left:
        main(["train", "--data", str(file), "--steps", "1"])
    out, err = capfd.readouterr()
    assert (left.value.code, out, err.count("\n")) == (2, "", 1)
    assert "label" in err


def test_a_real_process_leaves_no_traceback_and_no_file(tmp_path: Path) -> None:
    done = gradtui("train", "vanishng", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert not list(tmp_path.iterdir())
