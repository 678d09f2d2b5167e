"""`gradtui train` in real processes: records, summary, signals, pipes."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import subprocess
from typing import Any

import pytest

from tests.cli.processes import COMMAND, ENVIRONMENT, ROOT, gradtui, of_type, records, start

Records = list[dict[str, Any]]
STEPS, SWITCH = 60, 33
LAYERS = [*(f"fc{i}" for i in range(1, 16)), "out"]


@pytest.fixture(scope="module")
def run() -> Records:
    done = gradtui(
        "train", "vanishing", "--json", "--steps", str(STEPS), "--seed", "3",
        "--set", "regularizer=l1", "--at", f"{SWITCH}:activation=tanh",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return records(done.stdout)


def test_the_first_record_says_what_the_run_is(run: Records) -> None:
    first = run[0]
    assert (first["type"], first["format"], first["experiment"]) == ("run", 1, "vanishing")
    assert (first["seed"], first["steps"], first["layers"]) == (3, STEPS, LAYERS)
    assert first["device"].startswith(("cpu", "cuda"))
    chosen = {name: first["knobs"][name] for name in ("activation", "regularizer", "strength")}
    assert chosen == {"activation": "sigmoid", "regularizer": "l1", "strength": 1e-4}


def test_every_step_is_there_once_and_in_order(run: Records) -> None:
    steps = of_type("step", run)
    assert [step["step"] for step in steps] == list(range(STEPS))
    for name in ("grad_norm", "weight_norm", "update_ratio", "bias_rms"):
        assert all(len(step[name]) == len(LAYERS) for step in steps)
    assert all(step["penalty"] > 0 and 0 <= step["accuracy"] <= 1 for step in steps)


def test_the_signal_is_there_on_sampled_steps_alone(run: Records) -> None:
    for step in of_type("step", run):
        if step["step"] % 10 == 0:
            assert len(step["signal"]) == len(LAYERS)
            assert len(step["activation_std"]) == len(LAYERS)
        else:
            assert step["signal"] is None


def test_evaluations_stand_where_they_were_made(run: Records) -> None:
    evals = [(e["step"], e["when"]) for e in of_type("eval", run)]
    assert evals == [
        (0, "start"), (23, "epoch"), (SWITCH, "before"), (SWITCH, "after"), (46, "epoch"),
        (STEPS, "end"),
    ]  # fmt: skip


def test_an_intervention_stands_between_the_steps_that_it_parts(run: Records) -> None:
    at = run.index({"type": "applied", "step": SWITCH, "knob": "activation", "old": "sigmoid",
                    "value": "tanh"})  # fmt: skip
    assert of_type("step", run[:at])[-1]["step"] == SWITCH - 1
    assert of_type("step", run[at:])[0]["step"] == SWITCH


def test_the_finding_of_the_experiment_is_told(run: Records) -> None:
    told = [finding for finding in of_type("finding", run) if finding["name"] == "vanishing"]
    assert told[0]["first"] == 0
    assert told[0]["layers"][0] == "fc1"
    assert {"knob": "activation", "value": "tanh"} in told[0]["prescriptions"]


def test_the_last_record_is_the_end(run: Records) -> None:
    accuracy = of_type("eval", run)[-1]["accuracy"]
    assert run[-1] == {
        "type": "end", "steps": STEPS, "accuracy": accuracy, "state": "finished", "cause": "",
    }  # fmt: skip


def test_every_thins_the_steps_but_keeps_the_sampled_ones() -> None:
    done = gradtui(
        "train", "softmax", "--json", "--steps", "30", "--every", "7", "--sample-every", "4"
    )
    steps = of_type("step", records(done.stdout))
    kept = [n for n in range(30) if n % 7 == 0 or n % 4 == 0]
    assert [step["step"] for step in steps] == kept
    assert [step["step"] for step in steps if step["signal"]] == [n for n in kept if n % 4 == 0]


def test_without_the_probe_the_layers_are_null() -> None:
    done = gradtui("train", "softmax", "--json", "--steps", "12", "--probe", "off")
    steps = of_type("step", records(done.stdout))
    assert len(steps) == 12
    for step in steps:
        assert step["loss"] > 0
        assert {
            step[name] for name in ("grad_norm", "weight_norm", "update_ratio", "bias_rms")
        } == {None}
        assert step["signal"] is None


def test_a_failed_run_is_whole_and_exits_1() -> None:
    done = gradtui("train", "exploding", "--json")
    told = records(done.stdout)
    assert done.returncode == 1
    assert done.stderr.startswith("gradtui: the run failed: not finite at step 1")
    assert done.stderr.count("\n") == 1
    assert [step["step"] for step in of_type("step", told)] == [0, 1]
    assert of_type("step", told)[-1]["loss"] == "nan"
    assert (told[-1]["type"], told[-1]["state"], told[-1]["accuracy"]) == ("end", "failed", "nan")


def test_the_summary_says_what_happened() -> None:
    done = gradtui("train", "dead-relu", "--steps", "130")
    assert (done.returncode, done.stderr) == (0, "")
    for part in (
        "What does a net do", "after 130 steps", "test accuracy", "fc1", "_ dead",
        "step 100   shift_bias   0:-10", "try activation=leaky_relu",
    ):  # fmt: skip
        assert part in done.stdout


def test_a_bar_is_drawn_on_a_terminal_and_taken_away() -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "train", "softmax", "--steps", "20"], cwd=ROOT, env=ENVIRONMENT,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs,
    ) as process:  # fmt: skip
        os.close(theirs)
        drawn = b""
        with contextlib.suppress(OSError):  # Linux reports the hang-up of a pty as EIO
            while chunk := os.read(ours, 65536):
                drawn += chunk
        summary = process.stdout.read() if process.stdout else b""
    os.close(ours)
    assert process.returncode == 0
    assert b"softmax: importing torch" in drawn
    assert drawn.endswith(b"\r\x1b[K")
    assert b"\x1b" not in summary


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_run_in_order(number: signal.Signals) -> None:
    with start("train", "vanishing", "--json", "--steps", "1000000") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [process.stdout.readline() for _ in range(8)]
        process.send_signal(number)
        told = records([*lines, *process.stdout])
        err = process.stderr.read()
        process.wait(timeout=120)
    steps = [step["step"] for step in of_type("step", told)]
    assert process.returncode == 128 + number
    assert err == ""
    assert (told[-1]["type"], told[-1]["state"]) == ("end", "stopped")
    assert steps == list(range(told[-1]["steps"]))


def test_a_reader_that_goes_away_is_no_error() -> None:
    with start("train", "vanishing", "--json", "--steps", "1000000") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=120) == 1
