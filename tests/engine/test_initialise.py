"""Initial weights against the papers' formulas; random streams that do not mix."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from gradtui.engine.batches import Batches
from gradtui.engine.initialise import initialise
from gradtui.engine.parameters import Parameters
from gradtui.engine.seeds import numpy_stream, torch_stream
from tests.engine.nets import CPU, small_run, step

IN, HIDDEN, OUT = 300, 200, 150
VARIANCES = {
    "xavier": 2 / (HIDDEN + HIDDEN),
    "he": 2 / HIDDEN,
    "lecun": 1 / HIDDEN,
    "gain:3": 9 / HIDDEN,
    "gain:0.5": 0.25 / HIDDEN,
    "torch": 1 / (3 * HIDDEN),
    "orthogonal": 1 / HIDDEN,
}


def drawn(rule: str, *, uniform: bool = False, zero: bool = False, seed: int = 0) -> Parameters:
    p = Parameters([(IN, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, OUT)], CPU)
    p.flat.fill_(7)
    initialise(p, rule, torch.Generator().manual_seed(seed), uniform=uniform, zero=zero)
    return p


@pytest.mark.parametrize("rule", VARIANCES)
def test_the_variance_is_the_formulas(rule: str) -> None:
    p = drawn(rule)
    # The variance of n draws has a relative deviation of sqrt(2/n): 0.7 % of 40 000.
    assert float(p.weights[1].var()) == pytest.approx(VARIANCES[rule], rel=0.03)
    assert abs(float(p.weights[1].mean())) < 4 * math.sqrt(VARIANCES[rule] / HIDDEN**2)
    if rule == "torch":
        return
    assert not any(bias.any() for bias in p.biases)
    assert float(p.weights[-1].var()) == pytest.approx(2 / (HIDDEN + OUT), rel=0.04)


@pytest.mark.parametrize(("rule", "fan"), [("he", 2 / IN), ("xavier", 2 / (IN + HIDDEN))])
def test_the_fan_is_the_inputs_of_a_unit(rule: str, fan: float) -> None:
    assert float(drawn(rule).weights[0].var()) == pytest.approx(fan, rel=0.03)


def test_torch_is_nn_linears_default() -> None:
    p = drawn("torch")
    for weight, bias in zip(p.weights, p.biases, strict=True):
        bound = 1 / math.sqrt(len(weight))
        for tensor in (weight, bias):
            assert 0.9 * bound < float(tensor.abs().max()) <= bound


def test_orthogonal_keeps_every_length() -> None:
    p = drawn("orthogonal")
    for weight in p.weights[:-1]:
        values = torch.linalg.svdvals(weight.double())
        torch.testing.assert_close(values, torch.ones_like(values), atol=1e-5, rtol=0)


def test_uniform_xavier_has_the_same_variance_and_an_edge() -> None:
    p = drawn("xavier", uniform=True)
    for weight in p.weights:
        variance = 2 / sum(weight.shape)
        assert float(weight.var()) == pytest.approx(variance, rel=0.03)
        assert float(weight.abs().max()) <= math.sqrt(3 * variance)


def test_zero_leaves_nothing() -> None:
    p = drawn("he", zero=True)
    assert not any(t.any() for t in (*p.weights, *p.biases))


def test_the_norm_is_not_touched() -> None:
    p = drawn("he")
    assert all(bool((t == 7).all()) for t in (*p.gammas, *p.betas))


def test_streams_are_their_own() -> None:
    first = {
        (seed, use, at): float(torch.rand((), generator=torch_stream(seed, use, at)))
        for seed in (0, 1, 2**40)
        for use in ("order", "init", "dropout")
        for at in (0, 1, 300)
    }
    assert len(set(first.values())) == len(first)
    for seed in (0, 3, 2**63 - 1):
        one, two = (numpy_stream(seed, "order").random(5) for _ in range(2))
        np.testing.assert_array_equal(one, two)


def test_dropout_shifts_neither_order_nor_init() -> None:
    plain, dropped = small_run("dropout=0"), small_run("dropout=0.5")
    assert torch.equal(plain.parameters.flat, dropped.parameters.flat)
    for _ in range(20):
        assert torch.equal(plain.batches.x, dropped.batches.x)
        step(plain), step(dropped)
        assert torch.equal(plain.batches._y, dropped.batches._y)
    plain.knobs["init"] = dropped.knobs["init"] = "he"
    plain.initialise(20)
    dropped.initialise(20)
    assert torch.equal(plain.weights, dropped.weights)


def test_the_global_generators_are_left_alone() -> None:
    torch.manual_seed(1)
    np.random.seed(1)
    before = torch.get_rng_state()
    run = small_run("dropout=0.5", "init=orthogonal")
    for _ in range(5):
        step(run)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("size", [1, 7, 50, 100, "full", 1000])
def test_an_epoch_is_one_permutation(size: int | str) -> None:
    x, y = torch.arange(100.0)[:, None], torch.arange(100)
    batches = Batches(x, y, size, numpy_stream(0, "order"))
    orders = []
    for _ in range(3):
        taken = [batches.next() for _ in range(batches.per_epoch)]
        assert batches.at_end
        order = torch.cat([y for _, y in taken])
        assert torch.equal(torch.cat([x for x, _ in taken])[:, 0], order.float())
        assert order.sort().values.tolist() == list(range(100))
        orders.append(order)
    assert not torch.equal(orders[0], orders[1])
    assert len({len(y) for _, y in taken[:-1]}) <= 1
