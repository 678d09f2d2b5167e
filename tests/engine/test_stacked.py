"""Recurrent layers on top of each other, against torch's own nn.RNN, nn.LSTM and nn.GRU."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gradtui.catalog.specs import Request, build_spec
from gradtui.core.errors import UsageError
from gradtui.core.outbox import Outbox
from gradtui.core.records import Info, Sample
from gradtui.engine.branching import undo
from gradtui.engine.checkpoint import restore, snapshot
from gradtui.engine.data import load
from gradtui.engine.interventions import intervene
from gradtui.engine.model import Trace
from gradtui.engine.run import Run
from gradtui.engine.trainer import Trainer
from tests.engine.nets import CPU, of, same, spec_of, state, train
from tests.engine.test_recurrent import CELLS, ORDER, each_cell

NETS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
DEPTH, WIDTH = 2, 6
SMALL = (f"depth={DEPTH}", "length=20", f"width={WIDTH}", "batch_size=16")


def run_of(*sets: str, seed: int = 0) -> Run:
    return Run(spec_of("rnn", *SMALL, *sets, seed=seed), load("recall", length=20), CPU)


def turned(w: Tensor, cell: str) -> Tensor:
    """A matrix or a bias of ours as torch writes it."""
    blocks = w.chunk(len(ORDER[cell]), -1)
    return torch.cat([blocks[i] for i in ORDER[cell]], -1).t()


def leaves(run: Run) -> list[Tensor]:
    return [w.double().requires_grad_() for w in (*run.parameters.weights, *run.parameters.biases)]


def given(weights: list[Tensor], biases: list[Tensor], cell: str, layer: int) -> dict[str, Tensor]:
    """One layer's parameters by torch's names."""
    bias = turned(biases[layer], cell)
    return {
        "weight_ih": turned(weights[2 * layer], cell),
        "weight_hh": turned(weights[2 * layer + 1], cell),
        "bias_ih": bias,
        "bias_hh": torch.zeros_like(bias),
    }


@each_cell
def test_the_net_is_torchs_with_two_layers(cell: str) -> None:
    run = run_of(f"cell={cell}", "forget_bias=0.5")
    x, y = run.batches.next()
    loss, _ = run.gradient(x, y)
    with torch.enable_grad():
        mine = leaves(run)
        weights, biases = mine[: 2 * DEPTH + 1], mine[2 * DEPTH + 1 :]
        module = NETS[cell](16, WIDTH, num_layers=DEPTH, dtype=torch.float64)
        named = {
            f"{name}_l{layer}": tensor
            for layer in range(DEPTH)
            for name, tensor in given(weights, biases, cell, layer).items()
        }
        out, _ = torch.func.functional_call(module, named, (F.one_hot(x.t(), 16).double(),))
        expected = F.cross_entropy(out[-1] @ weights[-1] + biases[-1], y)
        gradients = torch.autograd.grad(expected, mine)
    torch.testing.assert_close(loss.double(), expected.detach(), rtol=1e-6, atol=0)
    p = run.parameters
    found = [*p.gradient_of(p.weights), *p.gradient_of(p.biases)]
    for gradient, theirs in zip(found, gradients, strict=True):
        torch.testing.assert_close(gradient.double(), theirs, rtol=1e-4, atol=1e-8)


@each_cell
def test_the_signal_through_time_is_that_of_the_first_layer(cell: str) -> None:
    run = run_of(f"cell={cell}")
    x, y = run.batches.next()
    trace = Trace([], [])
    run.gradient(x, y, trace)
    with torch.enable_grad():
        mine = leaves(run)
        weights, biases = mine[: 2 * DEPTH + 1], mine[2 * DEPTH + 1 :]
        entering, states = list(F.one_hot(x.t(), 16).double()), []
        for layer in range(DEPTH):
            module = CELLS[cell](entering[0].shape[1], WIDTH, dtype=torch.float64)
            named = given(weights, biases, cell, layer)
            h = torch.zeros(len(x), WIDTH, dtype=torch.float64)
            at, leaving = (h, h) if cell == "lstm" else h, []
            for entered in entering:
                at = torch.func.functional_call(module, named, (entered, at))
                leaving.append(at[0] if cell == "lstm" else at)
            states.append(entering := leaving)
        loss = F.cross_entropy(entering[-1] @ weights[-1] + biases[-1], y)
        expected = [torch.stack(torch.autograd.grad(loss, each, retain_graph=True))
                    for each in states]  # fmt: skip
    for row, theirs in zip((1, 3), expected, strict=True):
        of_row = [trace.gradients[i] for i in trace.places()[row]]
        kept = torch.stack([gradient for gradient in of_row if gradient is not None])
        torch.testing.assert_close(kept.double(), theirs, rtol=1e-4, atol=1e-9)
    told = of(Sample, train(spec_of("rnn", *SMALL, f"cell={cell}", steps=1))[1])[0]
    assert told.signal_time is not None
    np.testing.assert_allclose(told.signal_time, expected[0].flatten(1).norm(dim=1), rtol=1e-4)
    rms = [float(each.square().mean().sqrt()) for each in expected]
    np.testing.assert_allclose(told.signal[[1, 3]], rms, rtol=1e-4)


def test_each_layer_has_its_rows() -> None:
    spec = spec_of("rnn", *SMALL, "cell=lstm", steps=1)
    told = of(Info, train(spec)[1])[-1]
    assert told.layers == ("lstm1.x", "lstm1.h", "lstm2.x", "lstm2.h", "out")
    assert told.shapes == ((16, 24), (6, 24), (6, 24), (6, 24), (6, 8))
    assert told.model == "LSTM 2×6 + 8"


@each_cell
def test_every_layer_gets_the_gates_bias(cell: str) -> None:
    biases = run_of(f"cell={cell}", "forget_bias=3").parameters.biases
    for bias in biases[:-1]:
        kept = 0 if cell == "rnn" else 3
        assert bias[WIDTH : 2 * WIDTH].eq(kept).all()
        assert not bias[:WIDTH].any()


@each_cell
def test_it_goes_on_from_a_checkpoint_and_back_by_undo_bit_by_bit(cell: str) -> None:
    spec = spec_of("rnn", *SMALL, f"cell={cell}", steps=30)
    data = load("recall", length=20)
    straight, broken = Trainer(spec, Outbox(10**5)), Trainer(spec, Outbox(10**5))
    for trainer in (straight, broken):
        trainer.open(data, CPU)
        for _ in range(7):
            trainer.advance()
    kept = snapshot(broken.training)
    again = Trainer(replace(spec), Outbox(10**5))
    again.open(data, CPU)
    restore(again.training, kept)
    broken.training.apply("init", "orthogonal")
    for trainer in (straight, again):
        for _ in range(5):
            trainer.advance()
    for _ in range(3):
        broken.advance()
    assert undo(broken.training)
    for _ in range(5):
        broken.advance()
    end = state(straight.training.net)
    assert same(state(again.training.net), end)
    assert same(state(broken.training.net), end)


@each_cell
def test_the_gates_can_be_opened_in_mid_run(cell: str) -> None:
    run = run_of(f"cell={cell}", "forget_bias=1")
    before = run.parameters.flat.clone()
    if cell == "rnn":
        with pytest.raises(UsageError, match="no forget gates"):
            intervene(run, "shift_bias", "forget:3", 5)
        return
    assert intervene(run, "shift_bias", "forget:3", 5) == [("shift_bias", "", "forget:3")]
    for bias in run.parameters.biases[:-1]:
        assert bias[WIDTH : 2 * WIDTH].eq(4).all()
    assert int((run.parameters.flat != before).sum()) == DEPTH * WIDTH


def test_of_a_translator_both_nets_gates_are_opened() -> None:
    spec = spec_of("seq2seq-rnn", "width=6")
    run = Run(spec, load("reverse"), CPU)
    before = run.parameters.flat.clone()
    intervene(run, "shift_bias", "forget:2", 0)
    assert sorted(set((run.parameters.flat - before).tolist())) == [0, 2]
    assert int((run.parameters.flat != before).sum()) == 2 * 6


@pytest.mark.parametrize("experiment", ["rnn", "vanishing"])
def test_a_net_without_gates_is_told_before_it_trains(experiment: str) -> None:
    at = ("5:shift_bias=forget:3",)
    with pytest.raises(UsageError, match="no forget gates"):
        build_spec(Request(experiment, at=at))
    build_spec(Request("rnn", sets=("cell=gru",), at=at))
