"""kill -9 at random moments: every file opens, every run goes on as if it had never stopped.

One process imports torch and forks a child for each run, which is then a whole `gradtui` of its
own: so a hundred runs take minutes, not an hour.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MOMENTS = 100
EVERY = 0.1
"""Seconds between two checkpoints."""
STEPS = 700
RUN = (
    "train", "vanishing", "--json", "--set", "depth=4", "--set", "width=16", "--set", "dropout=0.1",
    "--at", "150:activation=relu", "--at", "300:optimizer=adam", "--at", "450:norm=batch",
    "--steps", str(STEPS),
)  # fmt: skip
PATIENCE = 120.0

Lines = dict[int, str]
"""The record of each step, as it was written."""


@dataclass
class Outcome:
    """Of all moments."""

    moments: int = 0
    opened: int = 0
    bitwise: int = 0
    lost: list[int] = field(default_factory=list)
    """Steps that were written to stdout, and trained again."""
    faults: list[str] = field(default_factory=list)


def child(arguments: Iterable[str], out: Path) -> int:
    """Fork a `gradtui ARGUMENTS` whose stdout and stderr are files; its process id."""
    sys.stdout.flush()
    made = os.fork()
    if made:
        return made
    try:
        for number, name in ((1, out), (2, out.with_suffix(".err"))):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        from gradtui.cli import main

        main(list(arguments))
    except SystemExit as error:
        os._exit(error.code if isinstance(error.code, int) else 1)
    finally:
        os._exit(99)


def wait(process: int) -> int:
    """Its exit status; a child that takes too long is killed."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return 98


def told(out: Path) -> tuple[dict[str, Any], Lines, list[str]]:
    """The first record, the steps, and the evaluations and interventions behind it."""
    head: dict[str, Any] = {}
    steps: Lines = {}
    others = []
    for line in out.read_text(encoding="utf-8").splitlines(keepends=True):
        if not line.endswith("\n"):
            break  # killed in the middle of it
        record = json.loads(line)
        head = head or record
        if record["type"] == "step":
            steps[record["step"]] = line
        elif record["type"] in ("eval", "applied"):
            others.append(line)
    return head, steps, others


def kill_one(folder: Path, choice: random.Random, seconds: float, outcome: Outcome) -> Path:
    """Train, and kill at a random moment from when the file is there; the file that is left."""
    before = set(folder.glob("*.gradtui"))
    process = child([*RUN, f"--run-dir={folder}"], folder / "killed.jsonl")
    while not (made := set(folder.glob("*.gradtui")) - before):
        time.sleep(0.001)
    time.sleep(choice.uniform(0, seconds))
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    outcome.moments += 1
    return made.pop()


def check(path: Path, reference: tuple[dict[str, Any], Lines, list[str]], outcome: Outcome) -> None:
    """Open the file, go on with it, and compare with the run that was not stopped."""
    from gradtui.core.errors import GradtuiError
    from gradtui.core.records import Frame
    from gradtui.runs.reader import RunFile

    _, expected, others = reference
    written = told(path.parent / "killed.jsonl")[1]
    try:
        with RunFile(path) as file:
            kept = [f for f in file.records() if isinstance(f, Frame)]
        steps = [step for frame in kept for step in frame.steps.tolist()]
        assert steps == list(range(len(steps))), f"{path.name}: steps {steps[:3]} … {steps[-3:]}"
        outcome.opened += 1
    except (GradtuiError, AssertionError) as error:
        outcome.faults.append(str(error))
        return
    out = path.parent / "resumed.jsonl"
    status = wait(child(["resume", str(path), "--json"], out))
    if status:
        finished = len(steps) == STEPS and status == 2  # by its file: stdout may lie behind
        outcome.bitwise += finished
        if not finished:
            said = out.with_suffix(".err").read_text(encoding="utf-8").strip()
            outcome.faults.append(f"{path.name}: exit {status}: {said[-300:]}")
        return
    head, again, rest = told(out)
    first = head["resumed"]
    outcome.lost.append(max(max(written, default=-1) + 1 - first, 0))
    same = again == {s: line for s, line in expected.items() if s >= first}
    after = [line for line in others if json.loads(line)["step"] > first]
    same = same and [line for line in rest if json.loads(line)["step"] > first] == after
    outcome.bitwise += same
    if not same:
        wrong = [s for s in again if again[s] != expected.get(s)]
        outcome.faults.append(f"{path.name}: from {first} on, {len(wrong)} steps differ")


def loop(moments: int, seed: int = 0) -> Outcome:
    """The whole of it, in a folder that goes."""
    import torch  # before the forks, so that no child imports it again

    torch.set_num_threads(1)
    os.environ["GRADTUI_CHECKPOINT_EVERY"] = str(EVERY)
    choice, outcome = random.Random(seed), Outcome()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = child([*RUN, f"--run-dir={folder}"], folder / "whole.jsonl")
        while not list(folder.glob("*.gradtui")):
            time.sleep(0.001)
        began = time.monotonic()
        status = wait(whole)
        seconds = time.monotonic() - began
        if status:
            said = (folder / "whole.err").read_text(encoding="utf-8")
            outcome.faults.append(f"the run that was not killed: exit {status}: {said}")
            return outcome
        reference = told(folder / "whole.jsonl")
        for path in folder.glob("*.gradtui"):
            path.unlink()
        for _ in range(moments):
            path = kill_one(folder, choice, seconds, outcome)
            check(path, reference, outcome)
            path.unlink()
    return outcome


def table() -> Iterator[str]:
    """Rows for the README's table."""
    outcome = loop(MOMENTS, seed=int(time.time()))
    n, lost = outcome.moments, sorted(outcome.lost)
    median = lost[len(lost) // 2] if lost else 0
    yield (
        f"| kill -9 | {n} random moments | {outcome.opened}/{n} files open, {outcome.bitwise}/{n} "
        f"resume bitwise; {median} steps trained again (median) | 100/100 |"
    )
    for fault in outcome.faults:
        yield f"| kill -9 | fault | {fault} | none |"


if __name__ == "__main__":
    found = loop(int(sys.argv[1]), int(sys.argv[2]))
    print(json.dumps(vars(found)))
