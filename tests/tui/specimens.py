"""Specimens whose numbers satisfy the formulas, without an engine; and what a lesson looks like."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from gradtui.core.records import RunWord, Value
from gradtui.core.specimen import Specimen
from gradtui.core.state import RunState
from gradtui.tui.view import View
from tests.tui import scenes

LOGITS = np.array([0.94, -0.33, -1.28, -0.91, 0.07, 0.13, 0.16, 0.0, -0.36, -0.76])
READ: dict[str, Value] = {
    "activation": "tanh", "regularizer": "none", "strength": 0.0, "decay": 0.0, "clip": "none",
    "lr": 0.01, "momentum": 0.9, "optimizer": "sgd", "norm": "none", "residual": "off",
    "adam_eps": "torch",
}  # fmt: skip


def specimen(step: int = 310, layer: int = 15, *, ahead: bool = False, finite: bool = True,
             logits: np.ndarray = LOGITS,
             knobs: Mapping[str, Value] = READ) -> Specimen:  # fmt: skip
    """SGD (with l2 where its strength is given) on one weight; not finite if so asked for."""
    knobs = {**READ, **knobs}
    strength, momentum, lr = (float(knobs[name]) for name in ("strength", "momentum", "lr"))
    z = logits if finite else np.full(len(logits), np.nan)
    total = float(z.max() + np.log(np.exp(z - z.max()).sum()))
    p = np.exp(z - total)
    nan, gradient, velocity, theta = math.nan, 0.00732, 0.07334, -0.24128
    penalty = strength * theta
    after = momentum * velocity + gradient + penalty
    moved = theta - lr * after
    return Specimen(
        step=step, ahead=ahead, knobs=knobs, row=5, rows=64, sample=812, target=0, logits=z,
        probabilities=p, loss=total - float(z[0]), batch_loss=1.832 if finite else nan,
        layer=layer, weight=(3, 7), derivative=0.89, theta=(theta, moved if finite else theta),
        loss_gradient=gradient if finite else nan, penalty_gradient=penalty, gradient_norm=nan,
        gradient=gradient + penalty if finite else nan,
        first=(velocity, after if finite else velocity), second=(0.0, 0.0), updates=0,
        moved=moved if finite else nan, unit_norm=nan, updated=finite,
    )  # fmt: skip


def lesson(word: RunWord = "paused") -> View:
    """The cured net's lesson, at step 599."""
    view = scenes.cured(word=word)
    step = (view.state.step or 0) + (word != "training")
    view.state.reduce([specimen(step, ahead=word != "training")])
    return view


def before_the_first_step() -> View:
    """Nothing has arrived."""
    view = scenes.empty()
    view.message = ""
    return view


def not_finite() -> View:
    """A step whose numbers are none."""
    view = scenes.not_finite()
    view.state.reduce([specimen(24, ahead=True, finite=False)])
    return view


def many_classes() -> View:
    """A hundred classes: the likeliest are listed, and the true one."""
    view = lesson("training")
    logits = np.append(LOGITS - 3, np.linspace(-2, 2, 90))
    view.state.reduce([specimen(600, logits=logits)])
    return view


def softmax() -> View:
    """One layer, and nothing but the two formulas."""
    knobs: dict[str, Value] = {"regularizer": "l2", "strength": 0.0348, "lr": 1.0, "momentum": 0.0}
    locked = {"activation": "this net has no hidden layer"}
    about = scenes.info(1, experiment="softmax", knobs={**scenes.KNOBS, **knobs}, locked=locked)
    view = View(RunState(about))
    view.state.word = "finished"
    view.state.reduce([specimen(500, 0, ahead=True, knobs=knobs)])
    return view


SCENES = {
    "paused": lesson,
    "training": lambda: lesson("training"),
    "finished": lambda: lesson("finished"),
    "empty": before_the_first_step,
    "not_finite": not_finite,
    "many": many_classes,
    "softmax": softmax,
}
