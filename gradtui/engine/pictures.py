"""Images as a data set: bytes [n, channels, height, width] to standardised rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gradtui.engine.dataset import Dataset, Labels, permutation

Bytes = NDArray[np.uint8]
Labelled = tuple[Bytes, Labels]

TEST_SHARE = 0.2
CHUNK = 1024
"""Images that are float64 at once."""


def split(name: str, images: Bytes, y: Labels) -> Dataset:
    """Parted 80/20 by the fixed permutation."""
    order = permutation(len(y))
    n_train = len(y) - int(TEST_SHARE * len(y))
    train, test = order[:n_train], order[n_train:]
    return dataset(name, (images[train], y[train]), (images[test], y[test]))


def dataset(name: str, train: Labelled, test: Labelled) -> Dataset:
    """Each pixel minus its training mean, all by one standard deviation; float32.

    In chunks: fifty thousand colour images would be gigabytes in float64.
    """
    (x_train, y_train), (x_test, y_test) = train, test
    channels, height, width = x_train.shape[1:]
    mean = x_train.mean(axis=0, dtype=np.float64)
    square = sum(float(np.square(part - mean).sum()) for part in _chunks(x_train))
    scale = np.sqrt(square / x_train.size) or 1.0
    return Dataset(
        name=name,
        label=f"{name} {height}×{width}",
        x_train=_rows(x_train, mean, scale),
        y_train=y_train,
        x_test=_rows(x_test, mean, scale),
        y_test=y_test,
        classes=int(max(y_train.max(), y_test.max())) + 1,
        features=channels * height * width,
        image=(channels, height, width),
    )


def _chunks(images: Bytes) -> list[Bytes]:
    return [images[start : start + CHUNK] for start in range(0, len(images), CHUNK)]


def _rows(images: Bytes, mean: NDArray[np.float64], scale: float) -> NDArray[np.float32]:
    rows = np.empty((len(images), mean.size), np.float32)
    for i, part in enumerate(_chunks(images)):
        rows[i * CHUNK : i * CHUNK + len(part)] = ((part - mean) / scale).reshape(len(part), -1)
    return rows
