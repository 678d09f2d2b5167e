"""Real processes of the command line, for the tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
COMMAND = [sys.executable, "-m", "gradtui"]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
SECONDS = 120


def gradtui(*args: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run `gradtui ARGS` to its end, without a terminal."""
    return subprocess.run(
        [*COMMAND, *args], cwd=cwd, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, encoding="utf-8", check=False, timeout=SECONDS,
    )  # fmt: skip


@contextmanager
def _minded_signals() -> Iterator[None]:
    """A shell makes what it starts behind itself ignore some, and a child inherits that."""
    before = {n: signal.signal(n, signal.SIG_DFL) for n in (signal.SIGINT, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def start(*args: str) -> subprocess.Popen[str]:
    """Start `gradtui ARGS`; its stdout and stderr are pipes."""
    with _minded_signals():
        return subprocess.Popen(
            [*COMMAND, *args], cwd=ROOT, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip


def records(lines: str | Iterable[str]) -> list[dict[str, Any]]:
    """JSON Lines as objects; nan, inf and -inf as bare words are refused."""

    def refuse(word: str) -> float:
        raise ValueError(f"{word} is no JSON")

    source = lines.splitlines() if isinstance(lines, str) else lines
    return [json.loads(line, parse_constant=refuse) for line in source]


def of_type(kind: str, all_records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [record for record in all_records if record["type"] == kind]
