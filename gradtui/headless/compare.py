"""`gradtui compare`: recorded runs beside each other, and what they were told differently."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gradtui.core import text
from gradtui.core.errors import UsageError
from gradtui.core.frozen import frozen
from gradtui.core.records import Value
from gradtui.core.scale import slope
from gradtui.core.state import RunState
from gradtui.core.text import printable
from gradtui.headless.jsonl import finite
from gradtui.headless.state import verdict, word
from gradtui.headless.table import fitted, room
from gradtui.runs.reader import RunFile

UNKNOWN = "–"
OF_THE_RUN = ("experiment", "data", "seed", "device")
RESULTS = ("train loss", "test loss", "test accuracy", "slope", "verdict")


@frozen
class Run:
    """A run file, read to its end."""

    path: Path
    state: RunState
    start: Mapping[str, Value]
    """Everything it was told before its first step."""

    @property
    def last(self) -> dict[str, Value]:
        return {**self.start, **self.state.knobs}

    @property
    def steep(self) -> float:
        """Decades per layer of the newest signal; nan without one."""
        sample = self.state.sample
        return math.nan if sample is None else slope(sample.signal)


def read(path: Path) -> Run:
    """`UsageError` for a file that is no run."""
    with RunFile(path) as file:
        state = RunState(file.info)
        records, _ = file.overview()
        state.reduce(records)
        start: dict[str, Value] = {name: getattr(state.info, name) for name in OF_THE_RUN}
        start |= dict(state.info.knobs)
        try:
            start |= dict(file.spec().fixed)
        except UsageError:  # a net that this gradtui cannot make is known by its label alone
            start["model"] = state.info.model
        return Run(path, state, start)


def compare(paths: Sequence[Path], *, as_json: bool) -> None:
    """Print the runs, the first one first."""
    runs = [read(path) for path in paths]
    differing = differences(runs)
    if as_json:
        content = {"type": "compare", "differ": differing, "runs": [document(run) for run in runs]}
        sys.stdout.write(json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n")
    else:
        heading = ["run", "state", "steps", *differing, *RESULTS]
        table = [heading, *([*_cells(run, differing)] for run in runs)]
        sys.stdout.write(fitted(table, (), room()) + "\n")
    sys.stdout.flush()


def differences(runs: Sequence[Run]) -> list[str]:
    """Knobs and settings that are not the same in all, at the start or at the end."""
    names = {name: None for run in runs for name in run.last}
    return [
        name
        for name in names
        if len({(run.start.get(name), run.last.get(name)) for run in runs}) > 1
    ]


def _cells(run: Run, differing: Sequence[str]) -> list[str]:
    state = run.state
    found = state.evals[-1] if state.evals else None
    results = [
        text.loss(state.loss) if state.step is not None else UNKNOWN,
        UNKNOWN if found is None else text.loss(found.loss),
        UNKNOWN if found is None else text.share(found.accuracy),
        text.signed(run.steep) if math.isfinite(run.steep) else UNKNOWN,
        verdict(state) or UNKNOWN,
    ]
    steps = 0 if state.step is None else state.step + 1
    turned = [_turned(run.start.get(name), run.last.get(name)) for name in differing]
    return [printable(run.path.stem), word(state), text.thousands(steps), *turned, *results]


def _turned(start: Value | None, last: Value | None) -> str:
    """`sigmoid → tanh` of a knob that was changed on the way."""
    ends = [UNKNOWN if value in (None, "") else printable(str(value)) for value in (start, last)]
    return ends[1] if ends[0] in (ends[1], UNKNOWN) else f"{ends[0]} → {ends[1]}"


def document(run: Run) -> dict[str, Any]:
    """A run as JSON: what it was told at first and at last, and where it came to."""
    state = run.state
    found = state.evals[-1] if state.evals else None
    return {
        "id": run.path.stem,
        "path": str(run.path),
        "state": word(state),
        "steps": 0 if state.step is None else state.step + 1,
        "loss": None if state.step is None else finite(state.loss),
        "test_loss": None if found is None else finite(found.loss),
        "test_accuracy": None if found is None else finite(found.accuracy),
        "slope": finite(run.steep) if math.isfinite(run.steep) else None,
        "verdict": verdict(state),
        "findings": sorted(state.findings),
        "start": dict(run.start),
        "knobs": run.last,
    }
