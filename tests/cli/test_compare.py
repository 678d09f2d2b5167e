"""`gradtui compare` and `gradtui doctor` on runs that were kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.processes import gradtui, of_type, records

Kept = tuple[Path, list[str]]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A folder with a run that vanishes, and one that is cured on the way; what each said."""
    folder = tmp_path_factory.mktemp("runs")
    said = []
    for more in ((), ("--set", "lr=0.02", "--at", "30:activation=tanh")):
        done = gradtui("train", "vanishing", "--steps", "60", "--json", *more,
                       "--run-dir", str(folder))  # fmt: skip
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    return folder, said


def ids(kept: Kept) -> list[str]:
    return [str(records(said)[0]["id"]) for said in kept[1]]


def test_the_table_has_what_differs_and_where_each_came_to(kept: Kept) -> None:
    done = gradtui("compare", *ids(kept), "--run-dir", str(kept[0]))
    assert done.returncode == 0, done.stderr
    heading, first, second = done.stdout.splitlines()
    assert heading.split() == [
        "run", "state", "steps", "activation", "lr", "train", "loss", "test", "loss", "test",
        "accuracy", "slope", "verdict",
    ]  # fmt: skip
    assert ids(kept)[0] in first
    assert "vanishing" in first.split()[-1]
    assert "sigmoid → tanh" in second


def test_the_numbers_are_those_that_the_runs_said(kept: Kept) -> None:
    done = gradtui("compare", *ids(kept), "--json", "--run-dir", str(kept[0]))
    found = json.loads(done.stdout)
    assert found["differ"] == ["activation", "lr"]
    for run, said in zip(found["runs"], kept[1], strict=True):
        lines = records(said)
        assert run["steps"] == 60
        assert run["loss"] == of_type("step", lines)[-1]["loss"]
        assert run["test_loss"] == of_type("eval", lines)[-1]["loss"]
        assert run["test_accuracy"] == lines[-1]["accuracy"]
        assert run["findings"] == sorted({f["name"] for f in of_type("finding", lines)})
    start, last = found["runs"][1]["start"], found["runs"][1]["knobs"]
    assert (start["activation"], last["activation"], start["depth"]) == ("sigmoid", "tanh", 15)


def test_runs_that_were_told_the_same_differ_in_nothing(kept: Kept) -> None:
    one = ids(kept)[0]
    done = gradtui("compare", one, one, "--json", "--run-dir", str(kept[0]))
    assert json.loads(done.stdout)["differ"] == []


def test_doctor_says_what_the_run_was_told(kept: Kept) -> None:
    done = gradtui("doctor", ids(kept)[0], "--run-dir", str(kept[0]))
    assert done.returncode == 0, done.stderr
    assert "vanishing" in done.stdout
    assert "try activation=tanh" in done.stdout
    found = json.loads(gradtui("doctor", ids(kept)[0], "--json", "--run-dir", str(kept[0])).stdout)
    newest = {f["name"]: f for f in of_type("finding", records(kept[1][0]))}
    assert found["findings"] == list(newest.values())
    assert (found["step"], found["verdict"]) == (59, "vanishing")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("compare",), "name two runs or more"),
        (("compare", "2"), "name two runs or more"),
        (("compare", "nobody", "nowhere"), "there is no run 'nobody'"),
        (("doctor", "nobody"), "there is no run 'nobody'"),
    ],
)
def test_bad_input_is_one_sentence(kept: Kept, given: tuple[str, ...], said: str) -> None:
    done = gradtui(*given, "--run-dir", str(kept[0]))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
