"""Data sets: what ships with gradtui, and a user's own file; numpy only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from gradtui.core.architecture import TEXTS
from gradtui.core.errors import UsageError, unknown
from gradtui.core.paths import expand
from gradtui.engine import folder, passages, sequences, tables, translations, vision
from gradtui.engine.dataset import Dataset, Labels, permutation

__all__ = ["DATASETS", "Dataset", "load"]

Matrix = NDArray[np.float64]
CLUSTERS_SEED = 0
DIGITS_TRAIN = 1437
TEST_SHARE = 0.2


LENGTH = 60
"""Time steps of a sequence, unless asked for."""


def load(name_or_path: str, rows: int | None = None, length: int = LENGTH) -> Dataset:
    """A data set by name, from a table, or a folder of images; the first `rows` training rows only.

    `length`: time steps, where the data are sequences of any length.

    Raises `UsageError` for an unknown name, or for what its reader does not accept.
    """
    if name_or_path in DATASETS:
        data = DATASETS[name_or_path]()
    elif name_or_path == "recall":
        data = recall(length)
    elif name_or_path in translations.TASKS:
        data = translations.load(name_or_path)
    elif name_or_path == passages.NAME or name_or_path.lower().endswith(TEXTS):
        data = passages.load(name_or_path, length)
    elif name_or_path in vision.NAMES:
        data = vision.load(name_or_path)
    elif (real := expand(name_or_path)).is_dir():
        data = folder.read(name_or_path, real)
    elif tables.is_path(name_or_path):
        data = from_file(name_or_path)
    else:
        known = (
            *DATASETS,
            "recall",
            *translations.TASKS,
            passages.NAME,
            *vision.NAMES,
            "FOLDER",
            *(f"FILE{end}" for end in (*tables.SUFFIXES, TEXTS)),
        )
        raise unknown("data", name_or_path, known)
    if rows is None:
        return data
    if rows < 1:
        raise UsageError(f"{rows} training rows are not allowed: at least 1.")
    return replace(data, x_train=data.x_train[:rows], y_train=data.y_train[:rows])


def digits() -> Dataset:
    """1797 handwritten digits of 8×8 pixels; source: gradtui/data/README.md."""
    return _digits("digits", "digits 8×8", pad=0)


def digits100() -> Dataset:
    """The digits with a border of one pixel: 10×10. The border is 0, before and after scaling."""
    return _digits("digits100", "digits 10×10", pad=1)


def _digits(name: str, label: str, pad: int) -> Dataset:
    with files("gradtui").joinpath("data/digits.npz").open("rb") as file, np.load(file) as arrays:
        images = arrays["X"].reshape(-1, 8, 8).astype(np.float64)
        y = arrays["y"].astype(np.int64)
    order = permutation(len(y))
    train = order[:DIGITS_TRAIN]
    centred = images - images[train].mean(axis=0)
    scaled = centred / centred[train].std()
    padded = np.pad(scaled, ((0, 0), (pad, pad), (pad, pad)))
    rows = padded.reshape(len(y), -1)
    return replace(_split(name, label, rows, y, order, DIGITS_TRAIN), image=(1, *padded.shape[1:]))


def clusters() -> Dataset:
    """10 classes of 2 Gaussians each in 20 dimensions, rotated into 100; 4000 and 1000 rows.

    Centres are drawn 1.2 wide around 0 and the noise is 1 wide, so that the best possible
    accuracy lies a little below 1. Unit variance over all 100 features together.
    """
    classes, parts, inner, outer, n = 10, 2, 20, 100, 5000
    rng = _generator(CLUSTERS_SEED)
    centres = 1.2 * rng.standard_normal((classes * parts, inner))
    part = rng.permutation(np.arange(n) % len(centres))
    points = centres[part] + rng.standard_normal((n, inner))
    basis, _ = np.linalg.qr(rng.standard_normal((outer, inner)))
    x = points @ basis.T
    return _split("clusters", "clusters", x / x.std(), part % classes, np.arange(n), 4000)


def recall(length: int) -> Dataset:
    """Sequences whose label is their first symbol."""
    (x, y), n = sequences.recall(length), sequences.RECALL_TRAIN
    symbols, classes = sequences.RECALL_SYMBOLS, sequences.RECALL_CLASSES
    label = f"recall over {length} steps"
    return Dataset("recall", label, x[:n], y[:n], x[n:], y[n:], classes, symbols)


def from_file(path: str) -> Dataset:
    """A user's table, split 80/20 by the fixed permutation.

    Standardised by the training mean of each feature and one standard deviation over all the
    centred features: a feature far from 0 (a year) then does not shrink the others.
    """
    x, y = tables.read(path)
    order = permutation(len(y))
    n_train = len(y) - int(TEST_SHARE * len(y))
    train = x[order[:n_train]]
    mean = train.mean(axis=0)
    x = (x - mean) / ((train - mean).std() or 1.0)
    return _split(path, tables.short_name(path), x, y, order, n_train)


def _split(
    name: str, label: str, x: Matrix, y: Labels, order: NDArray[np.int64], n_train: int
) -> Dataset:
    train, test = order[:n_train], order[n_train:]
    narrow = x.astype(np.float32)
    return Dataset(
        name=name,
        label=label,
        x_train=narrow[train],
        y_train=y[train],
        x_test=narrow[test],
        y_test=y[test],
        classes=int(y.max()) + 1,
        features=x.shape[1],
    )


def _generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


DATASETS: dict[str, Callable[[], Dataset]] = {
    "digits": digits,
    "clusters": clusters,
    "digits100": digits100,
}
