"""The experiment `keras` is what its name says: a real Keras run comes to the same weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from gradtui.catalog.specs import Request, build_spec
from gradtui.core.outbox import Outbox
from gradtui.core.records import End
from gradtui.core.spec import Spec
from gradtui.engine.data import Dataset, load
from gradtui.engine.run import Run
from gradtui.engine.trainer import Trainer
from tests.keras.textbook import BATCH, EPOCHS, build, is_installed, load_keras, one_hot

pytestmark = [
    pytest.mark.keras,
    # Keras' variables and tensors come to numpy by an `__array__` that is older than numpy 2.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword"),
]

SEEDS = range(5)
STEPS = 100


@pytest.fixture(scope="module")
def keras() -> Any:
    if not is_installed():
        pytest.skip("Keras is not installed: run `nox -s keras`")
    torch.set_num_threads(1)  # as the run itself does for so small a net
    module = load_keras()
    assert module.backend.backend() == "torch"
    return module


@pytest.fixture(scope="module")
def clusters() -> Dataset:
    return load("clusters")


def spec(seed: int) -> Spec:
    request = Request(experiment="keras", seed=seed, device="cpu")
    return build_spec(request, lambda name, rows: len(load(name, rows).x_train))


def weights_of(run: Run) -> list[NDArray[np.float32]]:
    """Copies in the order of Keras: kernel [in, out] and bias [out], layer by layer."""
    parameters = run.parameters
    pairs = zip(parameters.weights, parameters.biases, strict=True)
    return [tensor.numpy().copy() for pair in pairs for tensor in pair]


def largest_difference(ours: list[NDArray[Any]], theirs: list[NDArray[Any]]) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_same_weights_and_batches_give_the_same_weights(
    keras: Any, clusters: Dataset, seed: int
) -> None:
    run = Run(spec(seed), clusters, torch.device("cpu"))
    start = weights_of(run)
    model = build(keras, clusters)
    model.set_weights(start)
    for _ in range(STEPS):
        x, y = run.batches.next()
        with torch.no_grad():
            run.gradient(x, y)
            run.update()
        model.train_on_batch(x.numpy(), one_hot(y.numpy(), clusters.classes))
    ours, theirs = weights_of(run), model.get_weights()
    assert largest_difference(ours, theirs) <= 1e-5
    assert largest_difference(ours, start) > 0.01


def test_the_final_accuracy_is_that_of_fit(keras: Any, clusters: Dataset) -> None:
    ours = [our_accuracy(seed) for seed in SEEDS]
    theirs = [fit_accuracy(keras, clusters, seed) for seed in SEEDS]
    assert np.mean(ours) == pytest.approx(np.mean(theirs), abs=0.01)
    assert np.mean(theirs) > 0.8


def our_accuracy(seed: int) -> float:
    """On the held-out rows after the experiment's own length, as `gradtui train` tells it."""
    outbox = Outbox()
    Trainer(spec(seed), outbox).run()
    end = outbox.drain()[-1]
    assert isinstance(end, End)
    return end.accuracy


def fit_accuracy(keras: Any, data: Dataset, seed: int) -> float:
    """The same by Keras' own initial weights and shuffling."""
    keras.utils.set_random_seed(seed)
    model = build(keras, data)
    labels = one_hot(data.y_train, data.classes)
    model.fit(data.x_train, labels, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    found: float = (model.predict(data.x_test, verbose=0).argmax(1) == data.y_test).mean()
    return found
