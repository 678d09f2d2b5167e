"""Exports as csv, npz and jsonl: every number comes back, and what was undone does not."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest

from gradtui.core.records import Applied, Eval, Finding, Frame, Sample
from tests.cli.processes import of_type
from tests.cli.processes import records as parsed
from tests.engine.nets import losses, of
from tests.headless.recordings import Recorded, export, frame, info, real, sample, undone

FLAWS = np.array([math.nan, math.inf, -math.inf])


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def a_run() -> Recorded:
    return real("vanishing", "depth=3", steps=30, at=("10:activation=relu", "20:norm=layer"))


def flawed() -> Recorded:
    return Recorded(
        info(),
        (
            frame(0, 1, 2, loss=FLAWS, grad_norm=np.stack([FLAWS, FLAWS], 1)),
            sample(2, signal=np.array([math.nan, -math.inf]), dead=np.array([math.nan, 0.5])),
            Eval(step=3, when="end", loss=math.inf, accuracy=math.nan),
        ),
    )


def test_csv_holds_every_number_of_a_run(tmp_path: Path) -> None:
    run = a_run()
    rows = table(export(run, tmp_path / "run.csv"))
    assert [int(row["step"]) for row in rows] == [*range(31)]
    assert [float(row["loss"]) for row in rows[:-1]] == losses(run.told).tolist()
    norms = np.concatenate([f.grad_norm for f in of(Frame, run.told)])
    for i, layer in enumerate(run.info.layers):
        assert [float(row[f"grad_norm/{layer}"]) for row in rows[:-1]] == norms[:, i].tolist()
    signals = {s.step: s.signal.tolist() for s in of(Sample, run.told)}
    for row in rows:
        cells = [row[f"signal/{layer}"] for layer in run.info.layers]
        assert [float(c) for c in cells if c] == signals.get(int(row["step"]), [])
    changed = {int(row["step"]): row["interventions"] for row in rows if row["interventions"]}
    assert changed == {10: "activation=relu", 20: "norm=layer"}
    last = of(Eval, run.told)[-1]
    assert (rows[-1]["loss"], float(rows[-1]["test_accuracy"])) == ("", last.accuracy)


def test_what_means_nothing_is_an_empty_cell(tmp_path: Path) -> None:
    rows = table(export(a_run(), tmp_path / "run.csv"))
    assert rows[19]["bias_rms/fc1"]
    assert rows[20]["bias_rms/fc1"] == "", "a norm stands behind that bias"
    assert rows[20]["bias_rms/out"]
    assert rows[0]["dead/fc1"] == "", "a sigmoid does not die"


def test_values_that_are_not_finite_come_back_from_csv(tmp_path: Path) -> None:
    rows = table(export(flawed(), tmp_path / "run.csv"))
    assert [row["loss"] for row in rows] == ["nan", "inf", "-inf", ""]
    assert [row["grad_norm/out"] for row in rows] == ["nan", "inf", "-inf", ""]
    assert rows[2]["signal/fc1"] == "nan"
    assert rows[2]["signal/out"] == "-inf"
    assert (rows[2]["dead/fc1"], rows[2]["dead/out"]) == ("", "0.5")
    assert (rows[3]["test_loss"], rows[3]["test_accuracy"]) == ("inf", "nan")


def test_csv_escapes_names_and_formulas(tmp_path: Path) -> None:
    names = ('a,"b"\n', "\x1b[31m")
    told = (frame(0), Applied(step=1, knob="=cmd()", old="", value="x\r\n\x1b]0;t\x07"), frame(1))
    path = export(Recorded(info(*names), told), tmp_path / "run.csv")
    text = path.read_text(encoding="utf-8")
    assert not [letter for letter in text if not letter.isprintable() and letter != "\n"]
    rows = table(path)
    assert len(rows) == 2
    assert rows[0]['grad_norm/a,"b"\\n'] == "0.0"
    assert rows[0]["signal/\\x1b[31m"] == ""
    assert rows[1]["interventions"].startswith("'=cmd()=x\\r\\n\\x1b]0;t")


def test_a_sample_without_its_step_has_a_row(tmp_path: Path) -> None:
    told = (frame(0, 3, merged=2), sample(1), frame(4))
    rows = table(export(Recorded(info(), told), tmp_path / "run.csv"))
    assert [row["step"] for row in rows] == ["0", "1", "3", "4"]
    lone = next(row for row in rows if row["step"] == "1")
    assert (lone["loss"], lone["signal/out"]) == ("", "1.01")


@pytest.mark.parametrize("every", [1, 7])
def test_thinning_keeps_what_is_rare(tmp_path: Path, every: int) -> None:
    rows = table(export(a_run(), tmp_path / "run.csv", every=every))
    steps = {int(row["step"]) for row in rows}
    assert steps == {s for s in range(31) if s % every == 0} | {0, 10, 20, 23, 30}


def test_npz_holds_every_number_of_a_run(tmp_path: Path) -> None:
    run = a_run()
    with np.load(export(run, tmp_path / "run.npz"), allow_pickle=False) as arrays:
        found = dict(arrays)
    layers = len(run.info.layers)
    frames, samples = of(Frame, run.told), of(Sample, run.told)
    assert found["steps"].tolist() == [*range(30)]
    assert found["layers"].tolist() == list(run.info.layers)
    assert found["loss"].tolist() == losses(run.told).tolist()
    for name in ("grad_norm", "weight_norm", "update_ratio"):
        assert found[name].shape == (30, layers)
        assert (found[name] == np.concatenate([getattr(f, name) for f in frames])).all()
    assert np.isnan(found["bias_rms"][20:, :-1]).all()
    assert np.isfinite(found["bias_rms"][:20]).all()
    assert found["sample_steps"].tolist() == [sample.step for sample in samples]
    assert (found["signal"] == np.stack([sample.signal for sample in samples])).all()
    assert found["zero"].dtype == np.bool_
    evals = of(Eval, run.told)
    assert found["eval_when"].tolist() == [e.when for e in evals]
    assert found["eval_loss"].tolist() == [e.loss for e in evals]
    assert found["applied_knob"].tolist() == ["activation", "norm"]
    assert found["applied_value"].tolist() == ["relu", "layer"]
    assert json.loads(str(found["run"]))["layers"] == list(run.info.layers)


def test_values_that_are_not_finite_come_back_from_npz(tmp_path: Path) -> None:
    found = np.load(export(flawed(), tmp_path / "run.npz"), allow_pickle=False)
    np.testing.assert_array_equal(found["loss"], FLAWS)
    np.testing.assert_array_equal(found["signal"], [[math.nan, -math.inf]])


def test_jsonl_is_what_train_writes(tmp_path: Path) -> None:
    run = flawed()
    told = (*run.told, Finding(name="f\x1b", step=2, first=0, last=None, layers=("fc1",),
                               evidence=("why",)))  # fmt: skip
    path = export(Recorded(run.info, told), tmp_path / "run.jsonl")
    lines = parsed(path.read_text(encoding="utf-8"))
    assert [line["type"] for line in lines] == ["run", "step", "step", "step", "eval", "finding"]
    assert [step["loss"] for step in of_type("step", lines)] == ["nan", "inf", "-inf"]
    assert of_type("step", lines)[2]["signal"] == ["nan", "-inf"]
    assert "\x1b" not in path.read_text(encoding="utf-8")


def test_an_empty_run_is_an_empty_file_of_each_kind(tmp_path: Path) -> None:
    run = Recorded(info())
    assert table(export(run, tmp_path / "run.csv")) == []
    assert "grad_norm/fc1" in (tmp_path / "run.csv").read_text()
    assert len(export(run, tmp_path / "run.jsonl").read_text().splitlines()) == 1
    found = np.load(export(run, tmp_path / "run.npz"), allow_pickle=False)
    assert found["grad_norm"].shape == (0, 2)
    assert found["signal"].shape == (0, 2)


def test_the_newest_branch_is_followed_back_to_the_start(tmp_path: Path) -> None:
    rows = table(export(undone(), tmp_path / "run.csv"))
    assert [float(row["loss"]) for row in rows[:-1]] == [*range(8)]
    assert [row["interventions"] for row in rows if row["interventions"]] == ["activation=elu"]
    assert [row["test_loss"] for row in rows if row["test_loss"]] == ["9.0", "7.0", "6.0"]
    lines = parsed(export(undone(), tmp_path / "run.jsonl").read_text())
    assert [line["step"] for line in of_type("step", lines)] == [*range(8)]
    found = np.load(export(undone(), tmp_path / "run.npz"), allow_pickle=False)
    assert found["steps"].tolist() == [*range(8)]
    assert found["applied_value"].tolist() == ["elu"]


def test_a_frame_that_spans_the_fork_is_cut(tmp_path: Path) -> None:
    told = (frame(0, 1, 2, 3, 4), frame(2, 3, branch=1, loss=np.array([20.0, 30.0])))
    rows = table(export(Recorded(info(), told), tmp_path / "run.csv"))
    assert [float(row["loss"]) for row in rows] == [0, 1, 20, 30]
    assert [float(row["weight_norm/out"]) for row in rows] == [1.01, 2.01, 3.01, 4.01]
