"""For a person: a progress bar while the run lasts, a summary when it is over."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import TextIO

from gradtui.core import text
from gradtui.core.language import tr
from gradtui.core.records import Applied, Finding, Notice, Record
from gradtui.core.scale import slope
from gradtui.core.state import RunState
from gradtui.doctor.verdicts import verdicts
from gradtui.headless.progress import Progress
from gradtui.headless.table import aligned

INDENT = "  "


class Report:
    """Draws progress on `err`, and writes the summary to `out`."""

    def __init__(self, state: RunState, out: TextIO, err: TextIO, path: Path | None = None) -> None:
        """`path`: the run file, if there is one."""
        self.state, self.out, self.err, self._path = state, out, err, path
        self._progress = Progress(state, err)

    def take(self, record: Record) -> None:
        if isinstance(record, Notice):
            self._progress.clear()
            self.err.write(f"gradtui: {record.text}\n")

    def rest(self) -> None:
        self._progress.draw()

    def close(self) -> None:
        self._progress.clear()
        if self.state.step is not None:
            self.out.write(summary(self.state) + "\n")
            if self._path is not None and self._path.exists():
                self.out.write(f"\n{INDENT}kept as {self._path.stem}\n")
            self.out.flush()


def summary(state: RunState) -> str:
    """What the run was, how it ended, every layer's state at its end, what changed it."""
    parts = [_head(state), _results(state)]
    if state.now:
        parts.append(_layers(state))
    if state.markers:
        parts.append(_interventions(state))
    if state.findings:
        parts.append("\n".join(told(finding) for finding in state.findings.values()))
    return "\n\n".join(parts)


def _head(state: RunState) -> str:
    info = state.info
    what = [info.experiment, info.model, info.data, info.device, f"seed {info.seed}"]
    return f"{' · '.join(what)}\n{tr(info.question)}"


def _results(state: RunState) -> str:
    word = "stopped" if state.end is None else state.end.state
    steps = 0 if state.step is None else state.step + 1
    speed = f", {text.thousands(round(state.steps_per_second))} steps/s"
    rows = [
        (word, f"after {text.thousands(steps)} steps{speed if state.steps_per_second else ''}"),
        ("train loss", text.loss(state.loss)),
    ]
    if state.evals:
        last = state.evals[-1]
        rows += [("test loss", text.loss(last.loss)), ("test accuracy", text.share(last.accuracy))]
        if last.exact_match is not None:
            rows.append(("exact match", text.share(last.exact_match)))
    steep = math.nan if state.sample is None else slope(state.sample.signal)
    if math.isfinite(steep):
        what = "decades/layer (+ vanishes towards the input)"
        rows.append(("slope", f"{text.signed(steep)} {what}"))
    return aligned(rows, indent=INDENT)


def _layers(state: RunState) -> str:
    """One row a layer, the output first as on the screen."""
    columns = {"signal": "signal", "grad norm": "grad_norm", "update": "update_ratio"}
    rows = [["layer", *columns, "verdict"]]
    words = verdicts(state)
    for i in reversed(range(len(state.info.layers))):
        cells = [
            text.number(float(state.now[name][i])) if name in state.now else "–"
            for name in columns.values()
        ]
        rows.append([state.info.layers[i], *cells, f"{words[i].glyph} {words[i].word}"])
    return aligned(rows, indent=INDENT)


def _interventions(state: RunState) -> str:
    return aligned([_intervention(state, marker) for marker in state.markers], indent=INDENT)


def _intervention(state: RunState, marker: Applied) -> list[str]:
    change = str(marker.value) if marker.old == "" else f"{marker.old} → {marker.value}"
    change += " (undone)" if marker.undone else ""
    return [f"step {marker.step}", marker.knob, change, _effect(state, marker)]


def _effect(state: RunState, marker: Applied) -> str:
    """Test accuracy from right before the intervention to the last evaluation before the next."""
    steps = sorted({m.step for m in state.markers})
    until = next((after for step, after in pairwise(steps) if step == marker.step), math.inf)
    before = [e.accuracy for e in state.evals if e.step == marker.step and e.when == "before"]
    after = [e.accuracy for e in state.evals if marker.step < e.step <= until]
    if not (before and after):
        return ""
    return f"test {text.share(before[0])} → {text.share(after[-1])}"


def told(finding: Finding) -> str:
    """What, where, since when; below it the evidence, and what to try while it holds."""
    when = f"since step {finding.first}"
    if finding.last is not None:
        when = f"steps {finding.first} to {finding.last}"
    if finding.cured_by is not None:
        when += f", cured by {finding.cured_by.knob} {finding.cured_by.value}"
    layers = finding.layers[0] if len(finding.layers) == 1 else ""
    if len(finding.layers) > 1:
        layers = f"{finding.layers[0]} to {finding.layers[-1]}"
    lines = [f"{INDENT}{finding.name}   {layers}   {when}"]
    lines += [f"{INDENT}{INDENT}{sentence}" for sentence in finding.evidence]
    if finding.last is None and finding.prescriptions:
        tries = ", ".join(f"{knob}={value}" for knob, value in finding.prescriptions)
        lines.append(f"{INDENT}{INDENT}try {tries}")
    return "\n".join(lines)
