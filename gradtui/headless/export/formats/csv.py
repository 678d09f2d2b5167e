"""A table: one row a step, for spreadsheets and data frames.

Columns: step, loss, accuracy, penalty, test_loss, test_accuracy, test_exact_match (of sequences),
interventions; then STATISTIC/LAYER from the input to the output. A cell is empty where nothing
was measured, or where it means nothing (the bias of a layer under a norm); numbers have all their
digits, and nan, inf, -inf are those words. Interventions (`activation=tanh; lr=0.1`) and the
held-out evaluation are those before the step; the last evaluation has a row of its own.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

from gradtui.core.records import Applied, Eval, Floats, Frame, Info, Sample
from gradtui.core.text import printable
from gradtui.headless.export.format import Format
from gradtui.headless.export.recording import Recording, followed, newest_info
from gradtui.headless.export.rows import Row, rows, thinned
from gradtui.headless.export.staging import Staging

SCALARS = ("loss", "accuracy", "penalty")
TEST = ("test_loss", "test_accuracy", "test_exact_match")
HEAD = ("step", *SCALARS, *TEST, "interventions")
PER_STEP = ("grad_norm", "weight_norm", "update_ratio", "bias_rms")
SAMPLED = ("signal", "activation_mean", "activation_std", "dead", "saturated")
UNDEFINED = ("dead", "saturated")
"""nan here says that the activation knows no such share."""
FORMULA = ("=", "+", "-", "@")
"""A spreadsheet takes text that begins so for a formula."""


def write(recording: Recording, path: Path, staging: Staging, every: int) -> None:
    table = csv.writer(staging.text(path), lineterminator="\n")
    info = newest_info(recording)
    table.writerow(heading(info))
    for row in thinned(rows(followed(recording)), every):
        table.writerow(cells(row, len(info.layers)))


def heading(info: Info) -> list[str]:
    layers = [printable(layer) for layer in info.layers]
    return [*HEAD, *(f"{name}/{layer}" for name in (*PER_STEP, *SAMPLED) for layer in layers)]


def cells(row: Row, layers: int) -> list[str]:
    """One line of the table."""
    frame, i = row.frame, row.index
    scalars = [""] * 3 if frame is None else [number(getattr(frame, name)[i]) for name in SCALARS]
    test = ["" if value is None else number(value) for value in _test(row.evaluation)]
    line = [str(row.step), *scalars, *test, "; ".join(map(change, row.applied))]
    for name in PER_STEP:
        line += _per_step(frame, name, i) or [""] * layers
    for name in SAMPLED:
        line += _sampled(row.sample, name) or [""] * layers
    return line


def _test(found: Eval | None) -> Sequence[float | None]:
    return (None,) * 3 if found is None else (found.loss, found.accuracy, found.exact_match)


def _per_step(frame: Frame | None, name: str, i: int) -> Sequence[str]:
    values: Floats | None = None if frame is None else getattr(frame, name)
    if frame is None or values is None:
        return []
    blank = frame.no_bias if name == "bias_rms" else None
    line = [number(value) for value in values[i].tolist()]
    return (
        line if blank is None else ["" if b else cell for b, cell in zip(blank, line, strict=True)]
    )


def _sampled(sample: Sample | None, name: str) -> Sequence[str]:
    if sample is None:
        return []
    values = getattr(sample, name).tolist()
    if name in UNDEFINED:
        return ["" if math.isnan(value) else number(value) for value in values]
    return list(map(repr, values))


def change(applied: Applied) -> str:
    """`activation=tanh`, in a cell that no spreadsheet computes."""
    text = printable(f"{applied.knob}={applied.value}")
    return f"'{text}" if text.startswith(FORMULA) else text


def number(value: float) -> str:
    """All digits of a float64: `0.1`, `1e-30`, `nan`, `inf`, `-inf`."""
    return repr(float(value))


entry = Format(
    name="csv",
    sentence="a table, one row a step, for spreadsheets and data frames",
    ending=".csv",
    write=write,
)
