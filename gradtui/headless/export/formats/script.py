"""A stand-alone PyTorch script that trains the same experiment, without gradtui.

The knobs are those that the run has last, from the first step on. Weights and batches come from
the same generators, so that a run that was not changed on its way gives the same losses on the
same machine. Data that the script cannot make by itself lie beside it: x.npz for x.py.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gradtui.core.errors import UsageError
from gradtui.headless.export.format import Format
from gradtui.headless.export.recording import Recording
from gradtui.headless.export.script import data
from gradtui.headless.export.script.compose import compose
from gradtui.headless.export.script.recipe import Recipe, recipe_of
from gradtui.headless.export.staging import STDOUT, Staging

ARRAYS = ("x_train", "y_train", "x_test", "y_test")


def write(recording: Recording, path: Path, staging: Staging, every: int) -> None:
    recipe = recipe_of(recording)
    beside = path.with_suffix(".npz")
    if data.beside(recipe) and path in (STDOUT, beside):
        raise UsageError("the data of this script lie in a file beside it: name one, --out X.py.")
    staging.text(path).write(compose(recipe))
    if data.beside(recipe):
        _write_data(recipe, beside, staging)


def _write_data(recipe: Recipe, path: Path, staging: Staging) -> None:
    found = data.found(recipe)
    arrays = {name: getattr(found, name) for name in ARRAYS}
    np.savez_compressed(staging.binary(path), allow_pickle=False, **arrays)


entry = Format(
    name="script",
    sentence="a stand-alone PyTorch script that trains the same, without gradtui",
    ending=".py",
    write=write,
)
