"""Arrays of numpy, loaded without pickle.

N steps, M samples, E evaluations, A interventions, L layers from the input to the output, H
histograms of B bins, T time steps, F findings; float64 unless said otherwise:

- `layers` [L] str, `run` a str: the JSON object of the run, as `train --json` begins
- `steps` [N] int64, `loss`, `accuracy`, `penalty` [N]
- `grad_norm`, `weight_norm`, `update_ratio`, `bias_rms` [N, L]; nan where nothing was measured,
  and in `bias_rms` where a layer has no bias in use
- `sample_steps` [M] int64, `signal`, `activation_mean`, `activation_std`, `dead`, `saturated`
  [M, L], `zero` [M, L] bool; `signal_time` [M, T] of recurrent nets
- `eval_steps` [E] int64, `eval_when` [E] str, `eval_loss`, `eval_accuracy`,
  `eval_exact_match` [E], nan but for sequences
- `applied_steps` [A] int64, `applied_knob`, `applied_old`, `applied_value` [A] str
- `histogram_steps` [H] int64; for weights, gradients (log10 of their size), activations:
  `weights_counts` [H, L, B] uint32, `weights_low`, `weights_high`, `weights_mean`, `weights_std`
  [H, L]: B equal bins from low to high
- `findings` [F] str, each a JSON object of `train --json`
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtui.core.records import Applied, Eval, Finding, Floats, Frame, Histograms, Record, Sample
from gradtui.headless.export.format import Format
from gradtui.headless.export.recording import Recording, followed, newest_info
from gradtui.headless.export.staging import Staging
from gradtui.headless.jsonl import line

Array = NDArray[Any]
PER_STEP = ("grad_norm", "weight_norm", "update_ratio", "bias_rms")
SAMPLED = ("signal", "activation_mean", "activation_std", "dead", "saturated")
SPREADS = ("weights", "gradients", "activations")


def write(recording: Recording, path: Path, staging: Staging, every: int) -> None:
    np.savez(staging.binary(path), allow_pickle=False, **arrays(recording, every))


def arrays(recording: Recording, every: int = 1) -> dict[str, Array]:
    """All arrays of a run by their names."""
    info, kept = newest_info(recording), _sorted(followed(recording))
    layers = len(info.layers)
    found: dict[str, Array] = {
        "layers": np.array(info.layers, dtype=np.str_),
        "run": np.array(json.dumps(line(info), ensure_ascii=False)),
    }
    found |= _steps(kept[Frame], layers, every) | _samples(kept[Sample], layers)
    found |= _events(kept) | _histograms(kept[Histograms])
    told = [json.dumps(line(finding), ensure_ascii=False) for finding in kept[Finding]]
    return found | {"findings": np.array(told, dtype=np.str_)}


def _sorted(records: Iterable[Record]) -> Mapping[type[Record], list[Any]]:
    """The records by their kind, each in its order."""
    kinds = (Frame, Sample, Eval, Applied, Histograms, Finding)
    kept: dict[type[Record], list[Any]] = {kind: [] for kind in kinds}
    for record in records:
        if type(record) in kept:
            kept[type(record)].append(record)
    return kept


def _steps(frames: Sequence[Frame], layers: int, every: int) -> dict[str, Array]:
    empty = np.zeros(0)
    steps = _joined([frame.steps for frame in frames], empty.astype(np.int64))
    kept = slice(None) if every == 1 else steps % every == 0
    found: dict[str, Array] = {"steps": steps[kept]}
    for name in ("loss", "accuracy", "penalty"):
        found[name] = _joined([getattr(frame, name) for frame in frames], empty)[kept]
    for name in PER_STEP:
        blocks = [_block(frame, name, layers) for frame in frames]
        found[name] = _joined(blocks, np.zeros((0, layers)))[kept]
    return found


def _block(frame: Frame, name: str, layers: int) -> Floats:
    """[K, L]"""
    values: Floats | None = getattr(frame, name)
    if values is None:
        return np.full((len(frame.steps), layers), np.nan)
    if name == "bias_rms" and frame.no_bias is not None:
        return np.where(frame.no_bias, np.nan, values)
    return values


def _samples(samples: Sequence[Sample], layers: int) -> dict[str, Array]:
    empty = np.zeros((0, layers))
    found: dict[str, Array] = {"sample_steps": np.array([s.step for s in samples], np.int64)}
    for name in SAMPLED:
        found[name] = _joined([getattr(sample, name)[None] for sample in samples], empty)
    found["zero"] = _joined([sample.zero[None] for sample in samples], empty.astype(np.bool_))
    times = [sample.signal_time[None] for sample in samples if sample.signal_time is not None]
    return found | ({"signal_time": np.concatenate(times)} if times else {})


def _events(kept: Mapping[type[Record], list[Any]]) -> dict[str, Array]:
    """The evaluations and the interventions."""
    evals: list[Eval] = kept[Eval]
    applied: list[Applied] = kept[Applied]
    found: dict[str, Array] = {
        "eval_steps": np.array([e.step for e in evals], np.int64),
        "eval_when": np.array([e.when for e in evals], np.str_),
        "eval_loss": np.array([e.loss for e in evals], np.float64),
        "eval_accuracy": np.array([e.accuracy for e in evals], np.float64),
        "eval_exact_match": np.array([_or_nan(e.exact_match) for e in evals], np.float64),
        "applied_steps": np.array([a.step for a in applied], np.int64),
    }
    for name in ("knob", "old", "value"):
        found[f"applied_{name}"] = np.array([str(getattr(a, name)) for a in applied], np.str_)
    return found


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def _histograms(histograms: Sequence[Histograms]) -> dict[str, Array]:
    found: dict[str, Array] = {"histogram_steps": np.array([h.step for h in histograms], np.int64)}
    for kind in SPREADS if histograms else ():
        for name in ("counts", "low", "high", "mean", "std"):
            blocks = [getattr(getattr(each, kind), name)[None] for each in histograms]
            found[f"{kind}_{name}"] = np.concatenate(blocks)
    return found


def _joined(blocks: Sequence[Array], empty: Array) -> Array:
    return np.concatenate(blocks) if blocks else empty


entry = Format(
    name="npz",
    sentence="arrays of numpy, [steps] and [steps, layers], loaded without pickle",
    ending=".npz",
    write=write,
    text=False,
)
