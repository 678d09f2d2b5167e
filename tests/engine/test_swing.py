"""Theta that swings between two places is the theta that stays where it is, bit by bit."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gradtui.engine import parameters
from gradtui.engine.interventions import intervene
from gradtui.engine.parameters import Parameters
from gradtui.engine.run import Run
from gradtui.engine.swing import places_of
from tests.engine.nets import CPU, small_run

KNOBS = [
    ("optimizer=sgd",),
    ("optimizer=sgd", "momentum=0", "clip=norm:0.1"),
    ("optimizer=adamw", "decay=0.3", "norm=layer", "residual=rezero"),
    ("optimizer=rmsprop", "norm=batch", "regularizer=l2"),
    ("regularizer=max_norm", "strength=0.5", "decay=0.1"),
]


class Spoiler:
    """An eye that leaves nothing of what it has seen, as a probe may."""

    def __init__(self, run: Run) -> None:
        self.run, self.seen = run, 0

    def moved(self, piece: int, there: int) -> None:
        plain = self.run.plain
        plain.thetas[1 - there][plain.places[piece]].fill_(np.nan)
        self.seen += 1

    def before(self) -> None:
        self.seen += 1

    def after(self) -> None:
        self.seen += 1


@pytest.fixture(autouse=True)
def _many_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameters, "SMALL", 0)
    monkeypatch.setattr(parameters, "PIECE", 40)


def step(run: Run, eye: Spoiler | None) -> None:
    run.gradient(*run.batches.next())
    if run.clip != "none":
        run.clip_gradient()
    run.update(eye)


@pytest.mark.parametrize("knobs", KNOBS, ids=",".join)
def test_a_run_that_swings_is_one_that_stays(knobs: tuple[str, ...]) -> None:
    staying, swinging = small_run(*knobs), small_run(*knobs)
    eye = Spoiler(swinging)
    assert len(swinging.plain.places) > 3
    for number in range(20):
        step(staying, None)
        step(swinging, eye if number % 7 < 5 else None)  # a probe may come and go
        assert torch.equal(staying.parameters.flat, swinging.parameters.flat), number
        assert torch.equal(staying.parameters.grad, swinging.parameters.grad), number
        if number % 6 == 5:
            for run in (staying, swinging):
                intervene(run, "init", "he", number)
                intervene(run, "shift_bias", "0:-0.1", number)
                intervene(run, "norm", ("batch", "layer", "none")[number // 6], number)
    assert staying.plain.at == 0
    assert eye.seen


@pytest.mark.parametrize("knobs", KNOBS[:3], ids=",".join)
def test_whoever_asks_a_run_sees_where_theta_lies(knobs: tuple[str, ...]) -> None:
    run = small_run(*knobs)
    for there in (1, 0, 1):
        step(run, Spoiler(run))
        p = run.parameters
        assert run.plain.at == run.norm_part.at == run.gate_part.at == there
        assert run.plain.theta.data_ptr() == p.flat.data_ptr()
        assert torch.equal(torch.cat([w.flatten() for w in p.weights]), run.weights)
        assert torch.equal(torch.cat([leaf.flatten() for leaf in p.leaves]), p.flat)
        gradients = p.gradient_of([*p.weights, *p.biases])
        assert torch.equal(torch.cat([g.flatten() for g in gradients]), p.grad[: p.n_plain])


@pytest.mark.parametrize("sizes", [[(3, 5), (5, 2)], [(30, 8), (8, 8), (8, 3)]], ids=str)
def test_no_piece_overlaps_itself_in_the_other_place(sizes: list[tuple[int, int]]) -> None:
    p = Parameters(sizes, CPU)
    p.flat.fill_(7)
    pieces = [at for at, _ in p.pieces()]
    low, high = places_of(p, pieces)
    assert torch.equal(low.flat, p.flat)
    apart = (high.flat.data_ptr() - low.flat.data_ptr()) // 4
    assert apart % 16 == 0  # both begin where a line of the cache does
    assert max(at.stop - at.start for at in pieces) <= apart
    assert len(p.flat) - p.n_plain <= apart


def test_a_small_net_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameters, "SMALL", 10**6)
    p = Parameters([(3, 5), (5, 2)], CPU)
    assert places_of(p, [slice(0, p.n_plain)]) == [p]
