"""An epoch of the experiment `keras`: ours with everything on, Keras' fit, a torch DataLoader."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from gradtui.catalog.specs import Request
from gradtui.engine.data import Dataset, load
from tests.benchmarks.interleaved import Times, interleave
from tests.benchmarks.probe import Lab, plain_model, plain_optimizer, spec_of
from tests.keras.textbook import BATCH, build, is_installed, load_keras, one_hot

REQUEST = Request(experiment="keras", device="cpu")
OF_FIT = 5.0
"""Promised: so many times faster than fit."""
OF_LOADER = 1.0
ROUNDS = 11


def our_epoch(data: Dataset) -> Callable[[], None]:
    """125 steps with norms at each, samples at every 10th, and the held-out rows at the end."""
    with torch.no_grad():
        step = Lab(REQUEST).step
    steps = -(-len(data.x_train) // BATCH)

    def epoch() -> None:
        with torch.no_grad():
            for _ in range(steps):
                step()

    return epoch


def fit_epoch(data: Dataset) -> Callable[[], None]:
    """Fit as the Keras guide calls it; without held-out rows, which would slow it down."""
    model = build(load_keras(), data)
    labels = one_hot(data.y_train, data.classes)

    def epoch() -> None:
        model.fit(data.x_train, labels, batch_size=BATCH, epochs=1, verbose=0)

    return epoch


def loader_epoch(data: Dataset) -> Callable[[], None]:
    """The loop of the torch tutorials; measures nothing, not even its accuracy."""
    spec = spec_of(REQUEST, probe=False)
    model = plain_model(spec, data)
    optimizer = plain_optimizer(spec, model)
    rows = TensorDataset(torch.from_numpy(data.x_train), torch.from_numpy(data.y_train))
    loader = DataLoader(rows, batch_size=BATCH, shuffle=True)

    def epoch() -> None:
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            torch.autograd.backward((loss,))
            optimizer.step()

    return epoch


def measure() -> Times:
    """Seconds an epoch; the way `fit` is missing where Keras is."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    data = load("clusters")
    ways = {"ours": our_epoch(data), "loader": loader_epoch(data)}
    if is_installed():
        ways["fit"] = fit_epoch(data)
    with np.errstate(all="ignore"):
        return interleave(ways, calls=1, rounds=ROUNDS, warm_up=2)


def table() -> list[str]:
    """Rows of the README's table: how many times the epoch of another is as long as ours."""
    times = measure()
    start = f"| keras, everything on ({times.median('ours') * 1e3:.0f} ms an epoch)"
    rows = []
    for way, promised, words in (
        ("fit", f"≥ {OF_FIT:g}", "times faster than Keras fit, torch backend"),
        ("loader", f"> {OF_LOADER:g}", "times faster than torch.optim with a DataLoader"),
    ):
        there = way in times.seconds
        found = f"{times.ratio(way, 'ours'):.2f}" if there else "Keras is not installed"
        rows.append(f"{start} | {words} | {found} | {promised} |")
    return rows
