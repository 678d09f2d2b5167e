"""JSON Lines: one record a line, steps in order, every float with all its digits."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from gradtui.core.prediction import Prediction, compare
from gradtui.core.records import (
    Applied,
    Branch,
    End,
    Eval,
    Finding,
    Floats,
    Frame,
    Info,
    Notice,
    Record,
    Sample,
)
from gradtui.core.state import RunState
from gradtui.core.texts import Texts

FORMAT = 1
LAYER_STATISTICS = ("grad_norm", "weight_norm", "update_ratio", "bias_rms")
SAMPLED = ("activation_mean", "activation_std")
SHARES = ("dead", "saturated")


class Lines:
    """Writes a run as JSON Lines; a value that is not finite is the string nan, inf or -inf."""

    def __init__(
        self,
        state: RunState,
        out: TextIO,
        every: int = 1,
        path: Path | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """Of the step records every `every`-th is written, and each with a signal.

        `path`: the run file, if there is one. `more` stands in the first record.
        """
        self._more = dict(more or {})
        self.state, self.out, self.every, self._path = state, out, every, path
        self._opened = False
        self._frame: Frame | None = None
        """Waits for what follows it: the sample of its last step may come before or after."""
        self._samples: dict[int, Sample] = {}
        self._held: list[Finding] = []
        """Findings on steps that are not written yet."""
        self._written = -1

    def take(self, record: Record) -> None:
        if isinstance(record, Sample):
            self._samples[record.step] = record
            return
        self._steps()
        match record:
            case Info():
                self._open(record)
            case Frame():
                self._frame = record
            case Branch():
                self._written = record.step - 1
                self._write(line(record))
            case Finding() if record.step > self._written:
                self._held.append(record)
            case End() if record.state == "failed" and self._more and not self._opened:
                pass  # what was to go on does not fit its file: an error, and nothing was made
            case End():
                self._release(everything=True)
                self._write(line(record))
            case Eval() | Applied() | Notice() | Finding() | Texts():
                self._write(line(record))

    def rest(self) -> None:
        self.out.flush()

    def close(self) -> None:
        self._steps()
        self.out.flush()

    def _open(self, info: Info) -> None:
        if not self._opened:
            self._opened = True
            kept = {} if self._path is None else {"id": self._path.stem, "path": str(self._path)}
            self.out.write(_json(line(info) | kept | self._more))

    def _steps(self) -> None:
        frame, self._frame = self._frame, None
        if frame is None:
            return
        for i, step in enumerate(frame.steps.tolist()):
            sample = self._samples.pop(step, None)
            if sample is not None or step % self.every == 0:
                self._write(step_line(frame, i, sample))
            self._written = step
        self._release()

    def _release(self, *, everything: bool = False) -> None:
        held, self._held = self._held, []
        for finding in held:
            if everything or finding.step <= self._written:
                self._write(line(finding))
            else:
                self._held.append(finding)

    def _write(self, content: Mapping[str, Any]) -> None:
        self._open(self.state.info)
        self.out.write(_json(content))


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n"


def step_line(frame: Frame, i: int, sample: Sample | None) -> dict[str, Any]:
    """The i-th step of a frame, with what was sampled at it."""
    content: dict[str, Any] = {
        "type": "step",
        "step": int(frame.steps[i]),
        "loss": finite(frame.loss[i]),
        "accuracy": finite(frame.accuracy[i]),
        "penalty": finite(frame.penalty[i]),
    }
    for name in LAYER_STATISTICS:
        rows: Floats | None = getattr(frame, name)
        content[name] = None if rows is None else finite_list(rows[i])
    if frame.branch:
        content["branch"] = frame.branch
    if content["bias_rms"] is not None and frame.no_bias is not None:
        content["bias_rms"] = _blank(content["bias_rms"], frame.no_bias)
    content["signal"] = None if sample is None else finite_list(sample.signal)
    if sample is not None:
        content |= {name: finite_list(getattr(sample, name)) for name in SAMPLED}
        for name in SHARES:
            share: Floats = getattr(sample, name)
            content[name] = _blank(finite_list(share), np.isnan(share))
        if sample.theory is not None:
            content["chi"] = _chi(sample.theory, sample.signal)
        if sample.signal_time is not None:
            content["signal_time"] = finite_list(sample.signal_time)
    return content


def _chi(theory: Prediction, signal: Floats) -> dict[str, Any]:
    """How the power of the signal changes per layer, in theory and measured."""
    found = compare(theory, signal)
    return {
        "predicted": finite(found.predicted),
        "measured": finite(found.measured),
        "limit": None if math.isnan(theory.limit) else finite(theory.limit),
        "phase": found.phase or None,
        "sigma_w": finite(theory.sigma_w),
        "sigma_b": finite(theory.sigma_b),
    }


def line(record: Info | Eval | Applied | Branch | Finding | Notice | Texts | End) -> dict[str, Any]:
    """The JSON object of a record that is not a step."""
    match record:
        case Info():
            return _run_line(record)
        case Finding():
            return _finding_line(record)
        case Eval():
            return _eval_line(record)
        case Texts():
            texts = [text._asdict() for text in record.texts]
            return {"type": "texts", "step": record.step, "texts": texts}
        case Applied():
            return {"type": "applied"} | _change(record)
        case Branch():
            return _branch_line(record)
        case Notice():
            return {"type": "notice", "step": record.step, "text": record.text}
        case End():
            content: dict[str, Any]
            content = {"type": "end", "steps": record.steps, "accuracy": finite(record.accuracy)}
            return content | {"state": record.state, "cause": record.cause}


def _eval_line(record: Eval) -> dict[str, Any]:
    content: dict[str, Any] = {"type": "eval", "step": record.step, "when": record.when}
    content |= {"loss": finite(record.loss), "accuracy": finite(record.accuracy)}
    return content if record.exact_match is None else content | {"exact_match": record.exact_match}


def _run_line(info: Info) -> dict[str, Any]:
    content: dict[str, Any] = {"type": "run", "format": FORMAT}
    for name in (
        "experiment", "seed", "device", "model", "data", "classes", "steps", "steps_per_epoch",
        "sample_every",
    ):  # fmt: skip
        content[name] = getattr(info, name)
    return content | {"layers": list(info.layers), "knobs": dict(info.knobs)}


def _branch_line(branch: Branch) -> dict[str, Any]:
    """Undo or redo: the steps behind it follow `step` again."""
    names = ("step", "branch", "how", "parent", "since", "left")
    content = {"type": "branch"} | {name: getattr(branch, name) for name in names}
    changes = [_change(change) for change in branch.changes]
    return content | {"knobs": dict(branch.knobs), "changes": changes}


def _finding_line(finding: Finding) -> dict[str, Any]:
    return {
        "type": "finding",
        "step": finding.step,
        "name": finding.name,
        "first": finding.first,
        "last": finding.last,
        "layers": list(finding.layers),
        "evidence": list(finding.evidence),
        "prescriptions": [{"knob": knob, "value": v} for knob, v in finding.prescriptions],
        "cured_by": None if finding.cured_by is None else _change(finding.cured_by),
    }


def _change(applied: Applied) -> dict[str, Any]:
    return {name: getattr(applied, name) for name in ("step", "knob", "old", "value")}


def finite(value: float) -> float | str:
    """The number itself, or the word for one that JSON does not know."""
    number = float(value)
    return number if math.isfinite(number) else str(number)


def finite_list(row: Floats) -> list[float | str | None]:
    """`finite` of each entry of a row [L]."""
    values = row.tolist()
    return values if np.isfinite(row).all() else [finite(value) for value in values]


def _blank(values: list[float | str | None], where: NDArray[np.bool_]) -> list[float | str | None]:
    """`values` with null where they mean nothing."""
    return [None if gone else value for value, gone in zip(values, where, strict=True)]
