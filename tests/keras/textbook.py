"""The net of the `keras` experiment as the Keras guide writes it, on Keras' torch backend."""

from __future__ import annotations

import importlib
import os
import tempfile
from importlib.util import find_spec
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from gradtui.engine.data import Dataset

WIDTH, BATCH, EPOCHS = 64, 32, 10


def is_installed() -> bool:
    """Whether Keras is here: only the nox sessions `keras` and `bench` install it."""
    return find_spec("keras") is not None


def load_keras() -> Any:
    """The module `keras` on torch, without anything that a person's keras.json says."""
    with tempfile.TemporaryDirectory() as home:
        settings = {"KERAS_BACKEND": "torch", "KERAS_HOME": home}
        with mock.patch.dict(os.environ, settings):
            return importlib.import_module("keras")


def build(keras: Any, data: Dataset) -> Any:
    """Dense(64, relu), Dense(classes, softmax), compiled with Adam and cross-entropy."""
    model = keras.Sequential(
        [
            keras.Input((data.features,)),
            keras.layers.Dense(WIDTH, activation="relu"),
            keras.layers.Dense(data.classes, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def one_hot(y: NDArray[np.int64], classes: int) -> NDArray[np.float32]:
    """y [n] as rows [n, classes] with a single 1."""
    return np.eye(classes, dtype=np.float32)[y]
