"""What a knob does in mid-run, and that it does nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from gradtui.catalog.knobs import KNOBS, NORMS
from gradtui.core.errors import UsageError
from gradtui.core.records import Value
from gradtui.core.scale import slope
from gradtui.engine.initialise import initialise
from gradtui.engine.interventions import EACH_TIME, intervene
from gradtui.engine.run import Run
from gradtui.engine.seeds import torch_stream
from tests.engine.nets import same, small_data, small_run, state, step

STANDING = [name for name, knob in KNOBS.items() if not (knob.fixed or knob.action)]
BUSY = ("optimizer=adam", "norm=batch", "dropout=0.2", "regularizer=elastic_net", "decay=0.01",
        "clip=norm:0.5", "residual=on", "init=he")  # fmt: skip


def trained(*knobs: str, steps: int = 9) -> Run:
    run = small_run(*knobs)
    for _ in range(steps):
        step(run)
    return run


@pytest.mark.parametrize("knobs", [(), BUSY], ids=["plain", "busy"])
@pytest.mark.parametrize("name", [name for name in STANDING if name not in EACH_TIME])
def test_the_present_value_changes_no_bit(name: str, knobs: tuple[str, ...]) -> None:
    run, twin = trained(*knobs), trained(*knobs)
    value = run.knobs[name]
    assert intervene(run, name, value, 9) == [(name, value, value)]
    assert same(state(run), state(twin))
    assert run.knobs == twin.knobs
    for _ in range(9):
        step(run)
        step(twin)
    assert same(state(run), state(twin))


CHANGES: dict[str, Value] = {
    "activation": "elu", "regularizer": "l1", "strength": 0.3, "decay": 0.2, "dropout": 0.5,
    "clip": "value:0.1", "lr": 0.5, "momentum": 0.3, "residual": "on", "batch_size": 5,
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_resets_nothing(name: str) -> None:
    run = trained("optimizer=adam", "norm=batch")
    before = state(run)
    changed = intervene(run, name, CHANGES[name], 9)
    assert changed[0] == (name, trained("optimizer=adam", "norm=batch").knobs[name], CHANGES[name])
    assert same(before, state(run))
    assert run.knobs[name] == CHANGES[name]
    twin = trained("optimizer=adam", "norm=batch")
    step(run)
    step(twin)
    assert (name in ("strength", "momentum")) == torch.equal(
        run.parameters.flat, twin.parameters.flat
    )  # no regularizer to be strong; Adam knows no momentum


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop"])
@pytest.mark.parametrize("old", ["layer", "batch", "none"])
@pytest.mark.parametrize("new", NORMS)
def test_a_norm_begins_anew(old: str, new: str, optimizer: str) -> None:
    if old == new:
        return
    run = trained(f"norm={old}", f"optimizer={optimizer}")
    weights, moments = run.plain.theta.clone(), run.plain.second.clone()
    intervene(run, "norm", new, 9)
    assert torch.equal(run.plain.theta, weights)
    assert torch.equal(run.plain.second, moments)
    assert all(bool((gamma == 1).all()) for gamma in run.parameters.gammas)
    assert all(not beta.any() for beta in run.parameters.betas)
    assert not run.norm_part.first.any()
    assert not run.norm_part.second.any()
    assert run.norm_part.steps == 0
    fresh = small_run(f"norm={new}").running
    for kept, start in zip([*run.running.means, *run.running.variances],
                           [*fresh.means, *fresh.variances], strict=True):  # fmt: skip
        assert torch.equal(kept, start)
    step(run)
    moved = any(bool((gamma != 1).any()) for gamma in run.parameters.gammas)
    assert moved == (new != "none")


def test_an_optimizer_begins_anew_and_keeps_the_rate() -> None:
    run = trained("optimizer=adam", "norm=layer", "residual=rezero", "lr=0.02")
    theta = run.parameters.flat.clone()
    assert run.gate_part.first.any()
    assert intervene(run, "optimizer", "rmsprop", 9) == [("optimizer", "adam", "rmsprop")]
    for slots in (run.plain, run.norm_part, run.gate_part):
        assert not slots.first.any()
        assert not slots.second.any()
        assert slots.steps == 0
    assert torch.equal(run.parameters.flat, theta)
    assert run.rates.lr == 0.02


def test_a_batch_size_goes_on_in_the_same_permutation() -> None:
    run, twin = small_run(), small_run()
    order = [twin.batches.next()[1] for _ in range(twin.batches.per_epoch)]
    taken = [run.batches.next()[1] for _ in range(2)]
    intervene(run, "batch_size", 9, 2)
    taken.append(run.batches.next()[1])
    assert [len(y) for y in taken] == [16, 16, 9]
    intervene(run, "batch_size", "full", 3)
    taken.append(run.batches.next()[1])
    assert torch.equal(torch.cat(taken), torch.cat(order))
    assert run.batches.at_end
    assert len(run.batches.next()[1]) == 100
    twin.batches.next()
    assert torch.equal(run.batches._y, twin.batches._y)


@pytest.mark.parametrize("rule", ["xavier", "he", "orthogonal", "torch", "gain:2"])
def test_init_draws_from_seed_and_step(rule: str) -> None:
    run = trained("optimizer=adam", "norm=layer")
    norm_part = [t.clone() for t in (run.norm_part.theta, run.norm_part.first)]
    intervene(run, "init", rule, 123)
    expected = small_run().parameters
    initialise(expected, rule, torch_stream(0, "init", 123), uniform=False, zero=False)
    assert torch.equal(run.plain.theta, expected.flat[: expected.n_plain])
    assert not run.plain.first.any()
    assert not run.plain.second.any()
    assert torch.equal(run.norm_part.theta, norm_part[0])
    assert torch.equal(run.norm_part.first, norm_part[1])
    intervene(run, "init", rule, 124)
    assert not torch.equal(run.plain.theta, expected.flat[: expected.n_plain])
    assert not torch.equal(small_run().plain.theta, run.plain.theta)


def test_residual_and_activation_act_on_the_next_forward() -> None:
    run = trained()
    x, y = run.held_out
    plain = run.inspect(x, y)[2]
    intervene(run, "residual", "on", 9)
    bent = run.inspect(x, y)[2]
    weights, biases = run.parameters.weights, run.parameters.biases
    torch.testing.assert_close(bent.outputs[1], plain.outputs[1])  # none around the first layer
    a = bent.activations[0] + bent.activations[1]
    torch.testing.assert_close(bent.outputs[2], a @ weights[2] + biases[2])
    intervene(run, "residual", "off", 9)
    torch.testing.assert_close(run.inspect(x, y)[2].outputs, plain.outputs, rtol=0, atol=0)
    intervene(run, "activation", "relu", 9)
    torch.testing.assert_close(run.inspect(x, y)[2].activations[0], plain.outputs[0].relu())


@pytest.mark.parametrize("norm", ["none", "layer"])
@pytest.mark.parametrize("limit", [1e-3, 0.05, 1e3])
@pytest.mark.parametrize("kind", ["norm", "value"])
def test_clip_is_torchs(kind: str, limit: float, norm: str) -> None:
    run = trained(f"norm={norm}", "regularizer=l2")
    intervene(run, "clip", f"{kind}:{limit}", 9)
    run.gradient(*run.batches.next())
    used = [run.parameters.flat if norm == "layer" else run.plain.theta]
    twins = [torch.nn.Parameter(t.clone()) for t in used]
    twins[0].grad = run.parameters.grad[: len(twins[0])].clone()
    if kind == "norm":
        torch.nn.utils.clip_grad_norm_(twins, limit)
    else:
        torch.nn.utils.clip_grad_value_(twins, limit)
    run.clip_gradient()
    found = run.parameters.grad[: len(twins[0])]
    assert isinstance(twins[0].grad, Tensor)
    torch.testing.assert_close(found, twins[0].grad, rtol=1e-6, atol=0)


def test_a_regularizer_brings_its_strength() -> None:
    run = small_run()
    assert intervene(run, "regularizer", "l2", 0)[1:] == [("strength", 0.0, 1e-3)]
    assert intervene(run, "regularizer", "l1", 0)[1:] == [("strength", 1e-3, 1e-4)]
    assert run.strength == 1e-4
    assert intervene(run, "regularizer", "none", 0)[1:] == [("strength", 1e-4, 0.0)]
    intervene(run, "strength", 0.7, 0)
    assert intervene(run, "regularizer", "l2", 0) == [("regularizer", "none", "l2")]
    assert run.strength == 0.7
    given = small_run("strength=0.5", strength_given=True)
    assert intervene(given, "regularizer", "l2", 0) == [("regularizer", "none", "l2")]


def test_a_present_value_that_is_set_is_a_value_that_was_chosen() -> None:
    run = small_run()
    assert intervene(run, "strength", 0, 0) == [("strength", 0.0, 0.0)]
    assert intervene(run, "regularizer", "l2", 0) == [("regularizer", "none", "l2")]
    assert intervene(run, "decay", 0, 0) == [("decay", 0.0, 0.0)]
    assert intervene(run, "optimizer", "adamw", 0) == [("optimizer", "sgd", "adamw")]


def test_adamw_brings_its_decay() -> None:
    run = small_run()
    changes = intervene(run, "optimizer", "adamw", 0)
    assert changes == [("optimizer", "sgd", "adamw"), ("decay", 0.0, 0.01)]
    assert run.rates.decay == 0.01
    own = small_run()
    intervene(own, "decay", 0.3, 0)
    assert intervene(own, "optimizer", "adamw", 0) == [("optimizer", "sgd", "adamw")]
    assert own.rates.decay == 0.3


def test_rescale_critical_lets_the_signal_pass() -> None:
    run = small_run("activation=relu", "init=xavier", depth=30, width=64,
                    data=small_data(64, 10, 600))  # fmt: skip
    x, y = run.batches.x, run.batches.y

    def steepness() -> float:
        return slope([float(g.double().norm()) for g in run.inspect(x, y)[1]])

    before = [w.clone() for w in run.parameters.weights]
    other = state(run)[1:]
    assert steepness() > 0.1
    intervene(run, "rescale", "critical", 0)
    assert abs(steepness()) < 0.02
    factors = [float((w / b).median()) for w, b in zip(run.parameters.weights, before, strict=True)]
    # relu halves the power of a signal with variance 1/n: sqrt(2) restores it (He et al. 2015).
    assert factors[:-1] == pytest.approx([np.sqrt(2)] * 30, rel=0.06)
    assert factors[-1] == 1
    assert same(state(run)[1:], other)
    assert "rescale" not in run.knobs


@pytest.mark.parametrize("rows", [65, 129])
def test_rescale_critical_under_batch_norm_at_any_number_of_rows(rows: int) -> None:
    run = small_run("activation=relu", "norm=batch", data=small_data(n=3 * rows // 2 + 1))
    assert len(run.batches.x) == rows
    x, y = run.batches.x, run.batches.y
    before = run.inspect(x, y)[0]
    intervene(run, "rescale", "critical", 0)
    torch.testing.assert_close(run.inspect(x, y)[0], before, rtol=1e-2, atol=0)  # norm sees none


def test_rescale_by_a_factor_acts_each_time() -> None:
    run = trained()
    before = [w.clone() for w in run.parameters.weights]
    for _ in range(2):
        assert intervene(run, "rescale", 2.0, 9) == [("rescale", "", 2.0)]
    for new, old in zip(run.parameters.weights[:-1], before[:-1], strict=True):
        assert torch.equal(new, 4 * old)
    assert torch.equal(run.parameters.weights[-1], before[-1])


def test_shift_bias_moves_one_layer_each_time() -> None:
    run = trained()
    before, n = [b.clone() for b in run.parameters.biases], len(run.parameters.biases)
    for _ in range(2):
        intervene(run, "shift_bias", f"{n - 1}:-1.5", 9)
    torch.testing.assert_close(run.parameters.biases[-1], before[-1] - 3)
    assert all(
        torch.equal(a, b) for a, b in zip(run.parameters.biases[:-1], before[:-1], strict=True)
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("shift_bias", "5:1"), ("shift_bias", "99:1"), ("activation", "reluu"), ("optimizer", "sdg"),
     ("lr", "fast"), ("lr", -1.0), ("depth", 3), ("speed", 1), ("norm", "bach"),
     ("batch_size", 0), ("clip", "norm:-1"), ("dropout", 1.0)],
)  # fmt: skip
def test_what_cannot_be_done_changes_nothing(name: str, value: str | float) -> None:
    run, twin = trained(), trained()
    with pytest.raises(UsageError):
        intervene(run, name, value, 9)
    assert run.knobs == twin.knobs
    assert same(state(run), state(twin))
    intervene(run, "lr", 0.02, 9)
    step(run)


def test_flush_is_told_to_torch() -> None:
    tiny = torch.tensor([1e-40])
    run = small_run()
    try:
        intervene(run, "flush", "on", 0)
        assert float(tiny * 0.5) == 0
    finally:
        intervene(run, "flush", "off", 0)
    assert float(tiny * 0.5) > 0
