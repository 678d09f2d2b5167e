"""A run state as one JSON document, and as one row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gradtui.core.records import End
from gradtui.core.state import RunState
from gradtui.doctor.verdicts import verdicts
from gradtui.headless.jsonl import finite, line

ROWS = ("signal", "grad_norm", "weight_norm", "update_ratio", "bias_rms", "dead", "saturated")


def document(state: RunState, path: Path | None = None) -> dict[str, Any]:
    """All that the screen shows now."""
    info = state.info
    content: dict[str, Any] = {"type": "state", "id": info.run}
    if path is not None:
        content["path"] = str(path)
    return content | {
        "state": word(state),
        "cause": state.cause,
        "experiment": info.experiment,
        "model": info.model,
        "data": info.data,
        "device": info.device,
        "seed": info.seed,
        "step": state.step,
        "epoch": finite(state.epoch),
        "loss": finite(state.loss),
        "accuracy": finite(state.accuracy),
        "eval": line(state.evals[-1]) if state.evals else None,
        "verdict": verdict(state),
        "knobs": dict(state.knobs),
        "layers": _layers(state),
        "findings": [line(finding) for finding in state.findings.values()],
        "applied": [line(marker) for marker in state.markers],
    }


def _layers(state: RunState) -> list[dict[str, Any]]:
    words = verdicts(state)
    rows = []
    for i, name in enumerate(state.info.layers):
        row: dict[str, Any] = {
            "name": name,
            "verdict": words[i].word if words[i].grade >= 0 else None,
        }
        row |= {
            quantity: finite(state.now[quantity][i]) if quantity in state.now else None
            for quantity in ROWS
        }
        rows.append(row)
    return rows


def word(state: RunState) -> str:
    """How a run stands, or how it ended."""
    end: End | None = state.end
    return end.state if end is not None and state.word in ("finished", "failed") else state.word


def verdict(state: RunState) -> str | None:
    """The worst word on any layer; None before the first sample."""
    worst = max(verdicts(state), key=lambda each: each.grade)
    return worst.word if worst.grade >= 0 else None
