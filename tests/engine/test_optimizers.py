"""Every optimizer bit by bit against torch.optim's; Keras's epsilon against its formula."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from gradtui.engine import parameters
from gradtui.engine.data import load
from gradtui.engine.run import Run
from tests.engine.nets import CPU, small_run, spec_of

STEPS = 50
Build = Callable[[list[Tensor], list[Tensor], bool], torch.optim.Optimizer]


def sgd(momentum: float) -> Build:
    return lambda weights, biases, each: torch.optim.SGD(
        [*weights, *biases], lr=0.05, momentum=momentum, foreach=each
    )


def adam(weights: list[Tensor], biases: list[Tensor], each: bool) -> torch.optim.Optimizer:
    return torch.optim.Adam([*weights, *biases], lr=0.05, foreach=each)


def adamw(weights: list[Tensor], biases: list[Tensor], each: bool) -> torch.optim.Optimizer:
    groups = [
        {"params": weights, "weight_decay": 0.3},
        {"params": biases, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=0.05, foreach=each)


def rmsprop(momentum: float) -> Build:
    return lambda weights, biases, each: torch.optim.RMSprop(
        [*weights, *biases], lr=0.05, momentum=momentum, foreach=each
    )


CASES: dict[tuple[str, ...], Build] = {
    ("optimizer=sgd", "momentum=0"): sgd(0),
    ("optimizer=sgd", "momentum=0.9"): sgd(0.9),
    ("optimizer=adam",): adam,
    ("optimizer=adam", "decay=0.3"): adamw,
    ("optimizer=adamw", "decay=0.3"): adamw,
    ("optimizer=rmsprop", "momentum=0"): rmsprop(0),
    ("optimizer=rmsprop", "momentum=0.7"): rmsprop(0.7),
}


def gradient(run: Run, step: int) -> None:
    """From 1e-12 to 1e3, with zeros in it."""
    random = torch.Generator().manual_seed(step)
    exponents = torch.randint(-12, 4, run.plain.gradient.shape, generator=random)
    drawn = torch.randn(run.plain.gradient.shape, generator=random) * 10.0**exponents
    run.plain.gradient.copy_(drawn * (exponents % 5 != 0))


@pytest.mark.parametrize("piece", [1, parameters.PIECE], ids=["layers", "whole"])
@pytest.mark.parametrize("foreach", [False, True])
@pytest.mark.parametrize("knobs", CASES, ids=",".join)
def test_bitwise_equal_to_torch(
    knobs: tuple[str, ...], foreach: bool, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parameters, "PIECE", piece)
    run = small_run("lr=0.05", *knobs)
    p = run.parameters
    assert len(run.plain.pieces) == (len(p.weights) + len(p.biases) if piece == 1 else 1)
    weights, biases = [w.clone() for w in p.weights], [b.clone() for b in p.biases]
    optimizer = CASES[knobs](weights, biases, foreach)
    sources = [*p.gradient_of(p.weights), *p.gradient_of(p.biases)]
    for step in range(STEPS):
        gradient(run, step)
        for tensor, source in zip([*weights, *biases], sources, strict=True):
            tensor.grad = source.clone()
        run.update()
        optimizer.step()
        for ours, theirs in zip([*p.weights, *p.biases], [*weights, *biases], strict=True):
            assert torch.equal(ours, theirs), step


def test_keras_adds_its_epsilon_to_the_root_of_the_raw_moment() -> None:
    """keras.optimizers.Adam: theta -= lr sqrt(1 - b2^t)/(1 - b1^t) m / (sqrt(v) + 1e-7)."""
    run = small_run("optimizer=adam", "lr=0.05", "adam_eps=keras")
    theta = run.plain.theta.double().numpy().copy()
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for step in range(STEPS):
        gradient(run, step)
        g = run.plain.gradient.double().numpy()
        run.update()
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        rate = 0.05 * np.sqrt(1 - 0.999 ** (step + 1)) / (1 - 0.9 ** (step + 1))
        theta -= rate * m / (np.sqrt(v) + 1e-7)
    np.testing.assert_allclose(run.plain.theta.numpy(), theta, rtol=1e-5, atol=2e-6)


def test_what_the_norm_is_not_using_does_not_move() -> None:
    run = small_run("optimizer=adam", "norm=none")
    gradient(run, 0)
    run.norm_part.gradient.fill_(1.0)
    before = run.norm_part.theta.clone()
    run.update()
    assert torch.equal(run.norm_part.theta, before)
    assert not run.norm_part.second.any()


@pytest.mark.parametrize("decay", ["decay=0", "decay=0.3"])
def test_rows_of_other_rates_are_groups_of_torch(decay: str) -> None:
    sets = "length=20", "width=6", "recurrent_rate=0.3", "readout_rate=10", "lr=0.01", decay
    run = Run(spec_of("rnn", *sets), load("recall", length=20), CPU)
    p = run.parameters
    shares = [1, 0.3, 10, 1, 10]  # W_xh, W_hh, out; the biases of W_xh and out
    ours = [*p.weights, *p.biases]
    theirs = [tensor.clone() for tensor in ours]
    sources = [*p.gradient_of(p.weights), *p.gradient_of(p.biases)]
    groups = [
        {"params": [tensor], "lr": 0.01 * share, "weight_decay": 0.0 if at > 2 else run.rates.decay}
        for at, (tensor, share) in enumerate(zip(theirs, shares, strict=True))
    ]
    optimizer = torch.optim.AdamW(groups)
    for step in range(STEPS):
        gradient(run, step)
        for tensor, source in zip(theirs, sources, strict=True):
            tensor.grad = source.clone()
        run.update()
        optimizer.step()
        assert all(map(torch.equal, ours, theirs)), step
