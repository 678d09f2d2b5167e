"""The classic image sets, through torchvision where it is installed."""

from __future__ import annotations

import contextlib
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from gradtui.core.errors import UsageError
from gradtui.engine import pictures
from gradtui.engine.dataset import Dataset
from gradtui.engine.pictures import Labelled

NAMES = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "cifar10": "CIFAR10"}
"""A data set, and its class in torchvision.datasets."""


def folder() -> Path:
    """Where torch keeps its downloads: $TORCH_HOME/datasets, else ~/.cache/torch/datasets."""
    import torch

    return Path(torch.hub.get_dir()).parent / "datasets"


@cache
def load(name: str) -> Dataset:
    """Train and test split as published; the first time it is downloaded, progress on stderr.

    Raises `UsageError` without torchvision, without network, and for damaged files.
    """
    kind = getattr(_datasets(name), NAMES[name])
    train, test = (_part(name, kind, train=train) for train in (True, False))
    return pictures.dataset(name, train, test)


def _datasets(name: str) -> Any:
    try:
        from torchvision import datasets
    except ImportError:
        raise UsageError(
            f"data {name!r} needs torchvision: pip install 'gradtui[vision]'."
        ) from None
    except Exception as error:  # RuntimeError, if it was built for another torch
        reason = str(error).partition("\n")[0]
        raise UsageError(
            f"data {name!r} needs torchvision, and the one installed does not fit this torch "
            f"({reason}): pip install --upgrade torch torchvision."
        ) from None
    return datasets


def _part(name: str, kind: Any, *, train: bool) -> Labelled:
    root = folder()
    try:
        return _arrays(kind(root, train=train, download=False))
    except Exception:  # not there yet, or damaged: torchvision tells neither by its type
        sys.stderr.write(f"gradtui: downloading {name} to {root}\n")
    try:
        # Stdout belongs to the records of `train --json`; torchvision prints there.
        with contextlib.redirect_stdout(sys.stderr):
            return _arrays(kind(root, train=train, download=True))
    except Exception as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise UsageError(
            f"data {name!r} could not be downloaded ({reason}): connect to the network, "
            f"or put its files into {root}."
        ) from None


def _arrays(found: Any) -> Labelled:
    """MNIST has a tensor [n, 28, 28], CIFAR an array [n, 32, 32, 3]."""
    images = np.asarray(found.data, np.uint8)
    images = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
    return images, np.asarray(found.targets, np.int64)
