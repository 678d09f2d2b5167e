"""`gradtui doctor`: what was found wrong with a recorded run, and what to try."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from gradtui.core.state import RunState
from gradtui.core.text import printable
from gradtui.doctor.doctor import Doctor
from gradtui.headless.jsonl import line
from gradtui.headless.report import told
from gradtui.headless.state import verdict
from gradtui.runs.reader import RunFile, blamed


def show(path: Path, *, as_json: bool) -> None:
    """Print the findings of a run file, in the order in which they were told.

    A run whose findings nobody kept (it broke off at once) is examined as it stands.
    """
    with RunFile(path) as file, blamed(path):
        state = RunState(file.info)
        records, _ = file.overview()
        state.reduce(records)
        if not state.findings:
            state.reduce(Doctor(state).examine())
        worst = verdict(state)
    found = list(state.findings.values())
    if as_json:
        content = {
            "type": "findings",
            "id": path.stem,
            "step": state.step,
            "verdict": worst,
            "findings": [line(finding) for finding in found],
        }
        sys.stdout.write(json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n")
    elif found:
        sys.stdout.write("\n".join(told(finding) for finding in found) + "\n")
    else:
        sys.stdout.write(f"{printable(path.stem)}: nothing was found wrong\n")
    sys.stdout.flush()
