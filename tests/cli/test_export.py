"""`gradtui export` from the command line: a run that was kept, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.cli.processes import gradtui, of_type, records


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with one run, and what `train --json` said of it."""
    folder = tmp_path_factory.mktemp("runs")
    done = gradtui(
        "train", "vanishing", "--set", "depth=3", "--steps", "70", "--at", "30:activation=relu",
        "--json", "--run-dir", str(folder),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_jsonl_is_what_train_said(runs: tuple[Path, str]) -> None:
    folder, said = runs
    done = gradtui("export", "--format", "jsonl", "--out", "-", "--run-dir", str(folder))
    assert done.returncode == 0, done.stderr
    assert done.stdout == said


@pytest.mark.parametrize("ending", ["csv", "npz", "py"])
def test_a_file_with_the_runs_id(runs: tuple[Path, str], ending: str, tmp_path: Path) -> None:
    folder, _ = runs
    (run,) = folder.glob("*.gradtui")
    name = "script" if ending == "py" else ending
    given = ("export", run.stem, "--run-dir", str(folder), "--format", name)
    done = gradtui(*given, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    (written,) = tmp_path.iterdir()
    assert written.name == f"{run.stem}.{ending}"
    assert written.name in done.stderr
    again = gradtui(*given, cwd=tmp_path)
    assert (again.returncode, again.stdout) == (2, "")
    assert "exists; --force replaces it" in again.stderr
    assert gradtui(*given, "--force", cwd=tmp_path).returncode == 0


def test_numbers_survive_the_way_through_the_run_file(
    runs: tuple[Path, str], tmp_path: Path
) -> None:
    folder, said = runs
    out = tmp_path / "run.npz"
    assert gradtui("export", "--out", str(out), "--run-dir", str(folder)).returncode == 0
    found = np.load(out, allow_pickle=False)
    steps = of_type("step", records(said))
    assert found["loss"].tolist() == [step["loss"] for step in steps]
    assert found["grad_norm"].tolist() == [step["grad_norm"] for step in steps]
    assert found["applied_value"].tolist() == ["relu"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--format", "cvs"), "Did you mean csv?"),
        (("--out", "a.txt"), "no format ends in '.txt'"),
        ((), "name a format"),
        (("--format", "npz", "--out", "-"), "not for the standard output"),
        (("--out", "/none/at/all.csv"), "No such file or directory"),
        (("nobody", "--format", "csv"), "there is no run 'nobody'"),
    ],
)
def test_bad_input_is_one_sentence(
    runs: tuple[Path, str], given: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    done = gradtui("export", *given, "--run-dir", str(runs[0]), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_broken_run_file_leaves_nothing(runs: tuple[Path, str], tmp_path: Path) -> None:
    (run,) = runs[0].glob("*.gradtui")
    broken = tmp_path / "broken.gradtui"
    broken.write_bytes(run.read_bytes()[:9000])
    done = gradtui("export", str(broken), "--format", "csv", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["broken.gradtui"]
