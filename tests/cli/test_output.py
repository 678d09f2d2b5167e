"""Where stdout goes nowhere: one sentence, or silence; never a traceback."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.processes import COMMAND, ENVIRONMENT, ROOT, SECONDS

FULL = Path("/dev/full")
TRAINING = ("train", "softmax", "--steps", "2", "--no-save")


def shell(line: str, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", f'"$@" {line}', "sh", *COMMAND, *args], cwd=ROOT, env=ENVIRONMENT,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=SECONDS,
    )  # fmt: skip


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has /dev/full")
@pytest.mark.parametrize(
    "args", [("--version",), ("list", "keys"), TRAINING, (*TRAINING, "--json")], ids=str
)
def test_a_full_disk_is_one_sentence(args: tuple[str, ...]) -> None:
    done = shell(f">{FULL}", *args)
    said = done.stderr.strip().splitlines()[-1]
    assert said == "gradtui: cannot write what was asked for: No space left on device."
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)


def test_a_closed_stdout_is_no_error() -> None:
    done = shell(">&-", "list", "themes")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_closed_stderr_loses_nothing_else() -> None:
    done = shell("2>&-", "list", "nothing")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")
