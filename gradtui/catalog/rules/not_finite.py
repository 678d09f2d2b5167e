"""Not finite: a nan or inf in a loss, a gradient or a weight; nothing computed from it is true."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from gradtui.catalog import evidence
from gradtui.core import text
from gradtui.core.entries import Rule
from gradtui.core.language import mark, tr
from gradtui.core.quantities import SHARES
from gradtui.core.records import Finding, Value
from gradtui.core.scale import ladder, log10
from gradtui.core.state import RunState


def check(state: RunState) -> Finding | None:
    if not evidence.framed(state):
        return None
    where = evidence.not_finite(state)
    lost = not math.isfinite(state.loss)
    if not where.any() and not lost:
        return None
    if not where.any():
        where[-1] = True
    first = _first(state)
    lines = [line for line in (_loss(state, first), *_weights(state)) if line]
    found = evidence.finding(state, "not finite", where, lines, prescriptions(state))
    return dataclasses.replace(found, step=state.step or 0, first=first)


def _first(state: RunState) -> int:
    """The first step since the last intervention whose numbers are not finite."""
    starts = []
    measured = [h for name, h in state.quantities.items() if name not in SHARES]
    for history in (state.train_loss, *measured):
        if not history.size:
            continue
        bad = (history.nans > 0).any(axis=1) | (history.infs > 0).any(axis=1)
        bad &= history.segment == history.segment[-1]
        starts += history.first[bad][:1].tolist()
    return min(starts, default=state.step or 0)


def _loss(state: RunState, first: int) -> str:
    """`Loss 206 770, then nan at step 1.`"""
    if math.isfinite(state.loss):
        return ""
    history = state.train_loss
    before = history.last[(history.first < first) & (history.count[:, 0] > 0), 0]
    word = text.plain(state.loss)
    if not len(before) or not math.isfinite(before[-1]):
        return tr("Loss is {word} since step {step}.").format(word=word, step=first)
    loss = text.loss(10.0 ** float(before[-1]))
    return tr("Loss {loss}, then {word} at step {step}.").format(loss=loss, word=word, step=first)


def _weights(state: RunState) -> list[str]:
    """Whether the weights themselves are lost: then only drawing new ones helps."""
    norms, ratio = state.now.get("weight_norm"), state.now.get("update_ratio")
    if norms is None:
        return []
    if not np.isfinite(norms).all() or (ratio is not None and np.isnan(ratio).any()):
        return [tr("nan weights stay nan: draw new ones.")]
    history = state.quantities["weight_norm"]
    start = int(np.flatnonzero(history.segment == history.segment[-1])[0])
    growth = log10(norms) - history.mean[start]
    most = int(np.argmax(np.where(np.isfinite(growth), growth, 0)))
    if not growth[most] > 1:
        return []
    factor = text.factor(10.0 ** float(growth[most]))
    grown = tr("The weights of {layer} grew {factor}:")
    return [grown.format(layer=state.info.layers[most], factor=factor), tr("draw new ones.")]


def prescriptions(state: RunState) -> list[tuple[str, Value]]:
    """New weights first: nothing else helps alone. Then what keeps them finite."""
    found: list[tuple[str, Value]] = [("init", evidence.fitting_init(state))]
    if not str(state.knobs.get("clip")).startswith("norm:"):
        found.append(("clip", "norm:1"))
    found.append(("norm", "layer"))
    lr = state.knobs.get("lr")
    if isinstance(lr, int | float) and lr > 0:
        found.append(("lr", ladder(ladder(float(lr), up=False), up=False)))
    return found


entry = Rule(
    name="not finite",
    sentence=mark("A loss, a gradient or a weight is nan or inf."),
    source="IEEE 754; Pascanu, Mikolov, Bengio 2013",
    check=check,
)
