"""A step under the lens: the same bits, true numbers, and formulas done again in float64."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from gradtui import catalog
from gradtui.core.commands import Choice, Pause, Resume, Set, Step, Teach
from gradtui.core.records import Notice, Record
from gradtui.core.specimen import Specimen
from gradtui.engine import specimen as specimens
from gradtui.engine.data import load
from gradtui.engine.language import IGNORE
from gradtui.engine.run import Run
from gradtui.engine.specimen import Glass, Lens, rehearse
from gradtui.engine.trainer import Trainer
from tests.engine.nets import (
    CPU,
    advance,
    of,
    same,
    small_run,
    small_trainer,
    spec_of,
    state,
    step,
)
from tests.engine.test_trainer import SCRIPT
from tests.test_lesson import CASES


@pytest.fixture
def every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(specimens, "PERIOD", 0.0)


def opened(*sets: str, **changes: object) -> Trainer:
    trainer = small_trainer(*sets, endless=True, **changes)
    trainer.outbox.drain()
    trainer.training.lens = Lens(Choice(row=3, layer=1, weight=5))
    return trainer


@pytest.mark.usefixtures("every_step")
@pytest.mark.parametrize("probe", [True, False])
def test_with_the_lesson_open_training_is_bit_by_bit_the_same(probe: bool) -> None:
    closed = small_trainer("dropout=0.1", script=SCRIPT, steps=70, endless=True, probe=probe)
    trainer = opened("dropout=0.1", script=SCRIPT, steps=70, probe=probe)
    advance(closed, 70)
    for at in range(70):
        (made,) = of(Specimen, advance(trainer, 1))
        trainer.training.preview()  # as if it were paused after every step
        trainer.training.preview()
        (ahead,) = of(Specimen, trainer.outbox.drain())
        assert (made.step, made.ahead, ahead.step, ahead.ahead) == (at, False, at + 1, True)
    assert same(state(trainer.training.net), state(closed.training.net))
    ours, theirs = trainer.training.net.batches, closed.training.net.batches
    assert ours.generator.bit_generator.state == theirs.generator.bit_generator.state
    assert trainer.training.net.watch is None


@pytest.mark.usefixtures("every_step")
@pytest.mark.parametrize("sets", CASES, ids=",".join)
def test_a_rehearsed_step_is_the_step_that_comes(sets: tuple[str, ...]) -> None:
    trainer = opened(*sets)
    for _ in range(9):  # over the end of an epoch, where a new order is drawn
        trainer.training.preview()
        (ahead,) = of(Specimen, trainer.outbox.drain())
        (made,) = of(Specimen, advance(trainer, 1))
        for name, value in vars(replace(made, ahead=True)).items():
            np.testing.assert_array_equal(getattr(ahead, name), value, err_msg=name)


def again(s: Specimen) -> tuple[float, float]:
    """(gradient that the optimizer takes, next theta) in float64, from the record alone."""
    k, theta, lr = s.knobs, s.theta[0], float(s.knobs["lr"])
    strength, momentum = float(k["strength"]), float(k["momentum"])
    sign = float(np.sign(theta))
    penalty = {
        "l1": strength * sign, "l2": strength * theta,
        "elastic_net": 0.5 * strength * (sign + theta),
    }  # fmt: skip
    g = s.loss_gradient + penalty.get(str(k["regularizer"]), 0.0)
    how, _, limit = str(k["clip"]).partition(":")
    if how == "value":
        g = float(np.clip(g, -float(limit), float(limit)))
    if how == "norm":
        g *= min(1.0, float(limit) / (s.gradient_norm + 1e-6))
    theta *= 1 - lr * float(k["decay"])
    first, second, t = s.first[0], s.second[0], s.updates
    match k["optimizer"]:
        case "sgd":
            theta -= lr * (momentum * first + g)
        case "rmsprop":
            root = math.sqrt(0.99 * second + 0.01 * g * g) + 1e-8
            theta -= lr * (momentum * first + g / root)
        case _:
            first, second = 0.9 * first + 0.1 * g, 0.999 * second + 0.001 * g * g
            if k["adam_eps"] == "keras":
                rate = lr * math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
                theta -= rate * first / (math.sqrt(second) + 1e-7)
            else:
                root = math.sqrt(second / (1 - 0.999**t)) + 1e-8
                theta -= lr * first / (1 - 0.9**t) / root
    if k["regularizer"] == "max_norm":
        theta *= min(1.0, strength / (s.unit_norm + 1e-7))
    return g, theta


@pytest.mark.usefixtures("every_step")
@pytest.mark.parametrize("sets", CASES, ids=",".join)
def test_the_record_satisfies_the_formulas_in_float64(sets: tuple[str, ...]) -> None:
    trainer = opened(*sets)
    clipped = projected = 0
    for at in range(40):
        assert trainer.training.lens is not None
        trainer.training.lens.choice = Choice(at, at, 7 * at)
        flat = trainer.training.net.parameters.weights[at % 5].T.reshape(-1)
        before = float(flat[7 * at % len(flat)])
        (s,) = of(Specimen, advance(trainer, 1))
        assert (s.theta[0], s.theta[1]) == (before, float(
            trainer.training.net.parameters.weights[s.layer][s.weight[1], s.weight[0]]
        ))  # fmt: skip
        g, theta = again(s)
        assert s.gradient == pytest.approx(g, rel=2e-6, abs=1e-10)
        assert s.theta[1] == pytest.approx(theta, rel=2e-6, abs=2e-7)
        p = np.exp(s.logits - s.logits.max())
        np.testing.assert_allclose(s.probabilities, p / p.sum(), rtol=1e-12)
        assert s.loss == pytest.approx(-math.log(s.probabilities[s.target]), rel=1e-9)
        clipped += abs(s.gradient - s.loss_gradient - s.penalty_gradient) > 1e-9
        projected += s.moved != s.theta[1]
    limit = next((knob for knob in sets if knob.startswith("clip=")), "")
    assert clipped > 0 or limit in ("", "clip=norm:100")
    assert projected > 0 or "regularizer=max_norm" not in sets


def test_the_numbers_are_those_of_the_run() -> None:
    """The gradient of the loss, the row, the label, f' and the norm, from the tensors."""
    run = small_run("regularizer=l2", "strength=0.1", "clip=norm:0.5", "activation=sigmoid")
    for _ in range(3):
        step(run)
    x, y = run.batches.next()
    glass = run.watch = Glass(run, Choice(row=21, layer=1, weight=17))
    loss, logits = run.gradient(x, y, glass.trace)
    s = glass.specimen(3, run.batches, loss, logits, y, ahead=False)
    assert (s.row, s.rows, s.layer, s.weight) == (5, 16, 1, (2, 3))
    assert s.target == int(y[5])
    np.testing.assert_array_equal(run.batches.x[s.sample], x[5])
    np.testing.assert_array_equal(s.logits, logits[5])
    assert s.batch_loss == float(loss)
    weight = run.parameters.weights[1]
    objective = float(run.parameters.gradient_of([weight])[0][3, 2])
    assert s.penalty_gradient == pytest.approx(0.1 * float(weight[3, 2]), rel=1e-6)
    assert s.loss_gradient + s.penalty_gradient == pytest.approx(objective, rel=1e-5)
    norm = float(run.parameters.grad.double().norm())
    assert s.gradient_norm == pytest.approx(norm, rel=1e-6)
    z = glass.trace.outputs[1].double()
    assert s.derivative == pytest.approx(float((z.sigmoid() * (1 - z.sigmoid())).mean()), rel=1e-6)
    assert not s.updated


@pytest.mark.parametrize("name", catalog.names("activations"))
def test_the_mean_derivative_is_known_for_every_activation(name: str) -> None:
    s = rehearse(small_run(f"activation={name}"), Choice(0, 4, 0), 0)
    assert -0.2 < s.derivative < 1.8
    assert math.isnan(rehearse(small_run("norm=layer"), Choice(0, 0, 0), 0).derivative)
    assert math.isnan(
        rehearse(small_run("activation=sigmoid", depth=0), Choice(0, 0, 0), 0).derivative
    )


def test_a_full_batch_lets_one_row_be_followed() -> None:
    run = small_run("batch_size=full")
    found = set()
    for at in range(4):
        step(run)
        s = rehearse(run, Choice(42, 0, 0), at)
        found.add((s.sample, s.target))
        assert s.target == int(run.batches.y[42])
    assert found == {(42, int(run.batches.y[42]))}


def test_a_step_that_is_not_finite_moves_nothing_and_says_so() -> None:
    trainer = opened("activation=identity")
    trainer.training.net.parameters.weights[2].fill_(3e38)
    (s, *_) = of(Specimen, advance(trainer, 1))
    assert not s.updated
    assert s.theta[0] == s.theta[1]
    assert math.isnan(s.moved)
    assert not np.isfinite(s.logits).all()


def commanded(trainer: Trainer, *commands: object) -> list[Record]:
    """What the loop tells after these commands, given one after the other while it is paused."""
    told: list[Record] = []
    for command in commands:
        trainer.commands.put(command)  # type: ignore[arg-type]
        trainer._obey()
        if trainer.word != "training":
            trainer.training.preview()
        told += trainer.outbox.drain()
    return told


def test_a_paused_run_shows_the_step_to_come_at_once_and_after_every_change() -> None:
    trainer = small_trainer(endless=True)
    trainer.word = "training"
    told = commanded(trainer, Pause(), Teach(Choice(0, 0, 0)))
    assert [s.ahead for s in of(Specimen, told)] == [True]
    told = commanded(trainer, Set("lr", 0.5), Teach(Choice(1, 2, 3)))
    assert [(s.knobs["lr"], s.row, s.layer) for s in of(Specimen, told)] == [
        (0.5, 0, 0), (0.5, 1, 2),
    ]  # fmt: skip
    told = commanded(trainer, Step())
    assert [(s.step, s.ahead) for s in of(Specimen, told)][-1] == (1, True)
    assert not of(Specimen, commanded(trainer, Teach(None), Set("lr", 0.1), Step(), Resume()))


def test_a_training_run_shows_few_steps() -> None:
    """Of a hundred steps within a fifth of a second one; counted in steps, not in time."""
    trainer = opened()
    assert trainer.training.lens is not None
    found = 0
    for _ in range(3):
        trainer.training.lens._looked = -math.inf
        found += len(of(Specimen, advance(trainer, 1)))
        trainer.training.lens._looked = math.inf
        found += len(of(Specimen, advance(trainer, 20)))
    assert found == 3
    assert torch.isfinite(trainer.training.net.parameters.flat).all()


@pytest.mark.parametrize("name", ["seq2seq-rnn", "seq2seq-transformer", "char-lm"])
def test_of_a_sequence_the_first_symbol_that_counts_is_read(name: str) -> None:
    spec = spec_of(name, "width=8", "batch_size=16")
    net = Run(spec, load(spec.data, spec.rows, int(spec.fixed["length"])), CPU)
    ahead = rehearse(net, Choice(5, 1, 3), 0)
    x, y = net.batches.next()
    _, logits = net.gradient(x, y)
    rows = logits.view(*y.shape, -1)
    position = next(i for i, target in enumerate(y[5].tolist()) if target != IGNORE)
    np.testing.assert_array_equal(ahead.logits, rows[5, position].double().numpy())
    assert (ahead.row, ahead.rows, ahead.target) == (5, 16, int(y[5, position]))
    p = np.exp(ahead.logits - ahead.logits.max())
    assert ahead.loss == pytest.approx(-math.log(p[ahead.target] / p.sum()), rel=1e-9)


@pytest.mark.usefixtures("every_step")
def test_a_lens_that_breaks_ends_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = small_trainer(endless=True, steps=1000)
    monkeypatch.setattr(Glass, "specimen", lambda *_, **__: 1 / 0)
    for paused in (False, True):
        trainer.training.lens = Lens(Choice(0, 0, 0))
        if paused:
            trainer.training.preview()
        told = advance(trainer, 2)
        (notice,) = of(Notice, told)
        assert notice.text.startswith("the lesson cannot read this step (ZeroDivisionError")
        assert trainer.training.lens is None
        assert not of(Specimen, told)
    assert trainer.training.step == 4
