"""`gradtui resume` as a process: after kill -9, after a signal, beyond the end, and refused."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.processes import ENVIRONMENT, ROOT, SECONDS, gradtui, of_type, records, start

SMALL = ("--set", "depth=2", "--set", "width=8", "--set", "dropout=0.2")


def test_killed_at_random_moments_every_run_goes_on_bit_by_bit() -> None:
    """Five here; `python -m tests.benchmarks kill` takes a hundred."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.kill", "5", "0"], cwd=ROOT, env=ENVIRONMENT,
        capture_output=True, text=True, check=False, timeout=5 * SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["moments"], found["opened"], found["bitwise"]) == (5, 5, 5), found["faults"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a run of 60 steps."""
    folder = tmp_path_factory.mktemp("runs")
    done = gradtui("train", "vanishing", *SMALL, "--steps", "60", "--json", f"--run-dir={folder}")
    assert done.returncode == 0, done.stderr
    return Path(records(done.stdout)[0]["path"])


def refused(*args: str, status: int = 2) -> str:
    done = gradtui("resume", *args, "--json")
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith("gradtui: ")
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_finished_run_goes_on_with_a_larger_length_only(finished: Path, tmp_path: Path) -> None:
    before = finished.read_bytes()
    said = refused(str(finished))
    assert "is finished at step 60; --steps N goes on to N in all." in said
    assert "stands at step 60 already" in refused(str(finished), "--steps", "60")
    assert "lies behind" in refused(str(finished), "--steps", "70", "--at", "59:lr=1")
    assert finished.read_bytes() == before
    path = tmp_path / finished.name
    path.write_bytes(before)
    at = ("--at", "70:activation=relu")
    longer = gradtui("resume", str(path), "--steps", "90", *at, "--json")
    assert longer.returncode == 0, longer.stderr
    head, *rest = records(longer.stdout)
    assert (head["type"], head["resumed"], head["steps"]) == ("run", 60, 90)
    whole = gradtui("train", "vanishing", *SMALL, "--steps", "90", *at, "--json", "--no-save")
    expected = records(whole.stdout)
    assert of_type("step", rest) == of_type("step", expected)[60:]
    assert of_type("applied", rest) == of_type("applied", expected)
    assert rest[-1] == expected[-1]


def test_a_signal_leaves_a_run_that_goes_on(tmp_path: Path) -> None:
    run = ("train", "vanishing", *SMALL, "--steps", "100000", "--json", f"--run-dir={tmp_path}")
    with start(*run) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(100)]
        second = gradtui("resume", str(next(tmp_path.glob("*.gradtui"))), "--json")
        assert second.returncode == 2
        assert "is being trained by another process" in second.stderr
        process.send_signal(signal.SIGTERM)
        told = records([*lines, *process.stdout])  # communicate() would skip what is buffered
        assert process.wait(SECONDS) == 128 + signal.SIGTERM
    made = of_type("end", told)[0]["steps"]
    path = told[0]["path"]
    again = gradtui("resume", path, "--steps", str(made + 5), "--json")
    assert again.returncode == 0, again.stderr
    steps = [record["step"] for record in of_type("step", records(again.stdout))]
    assert steps == list(range(made, made + 5))  # nothing is lost


def test_what_is_no_run_is_refused(finished: Path, tmp_path: Path) -> None:
    assert "there is no run" in refused("nothing", f"--run-dir={finished.parent}")
    noise = tmp_path / "noise.gradtui"
    noise.write_bytes(os.urandom(5000))
    assert "is no run of gradtui" in refused(str(noise))
    assert not noise.with_name("noise.gradtui.lock").exists()


@pytest.mark.parametrize(
    "harm",
    [
        (
            "UPDATE array SET body = (SELECT body FROM array WHERE name = 'order') WHERE name ="
            " 'parameters'"
        ),
        "UPDATE checkpoint SET document = '{}'",
        "UPDATE checkpoint SET document = json_set(document, '$.knobs', 5)",
        "UPDATE checkpoint SET document = json_remove(document, '$.script')",
        "UPDATE checkpoint SET document = replace(document, '\"tanh\"', '\"\x1b[31m\"')",
        "DELETE FROM array WHERE name = 'plain.first'",
        "UPDATE array SET body = zeroblob(40)",
    ],
)
def test_a_checkpoint_that_somebody_changed_is_refused_and_left(
    finished: Path, tmp_path: Path, harm: str
) -> None:
    path = tmp_path / finished.name
    path.write_bytes(finished.read_bytes())
    opened = sqlite3.connect(path)
    with opened:
        opened.execute(harm.replace('"tanh"', '"sigmoid"'))
    opened.close()
    before = path.read_bytes()
    said = refused(str(path), "--steps", "90")
    assert "\x1b" not in said
    assert path.read_bytes() == before
