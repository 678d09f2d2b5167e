"""Exploding: the signal grows on its way to the input until one step ruins the weights."""

from __future__ import annotations

import math

import numpy as np

from gradtui.catalog import clauses, evidence
from gradtui.core import text
from gradtui.core.entries import Rule
from gradtui.core.language import mark, tr
from gradtui.core.records import Finding, Value
from gradtui.core.state import RunState


def check(state: RunState) -> Finding | None:
    if evidence.not_finite(state).any():
        return None
    gained = evidence.decades(state)
    where = evidence.beyond(state, "exploding", gained)
    if not where.any():
        return None
    highest = int(np.nanargmax(gained))
    lines = []
    factor = evidence.passed_on(state)
    if factor > 1:
        lines.append(
            tr("Grows {factor} a layer towards the input:").format(factor=text.factor(factor))
        )
    lines.append(clauses.ends(state, highest))
    chance = math.log(max(state.info.classes, 2))
    if state.loss > 2 * chance:
        lines.append(
            tr("Loss {loss}; a guess has {chance}.").format(
                loss=text.loss(state.loss), chance=text.loss(chance)
            )
        )
    return evidence.finding(state, "exploding", where, lines, prescriptions(state))


def prescriptions(state: RunState) -> list[tuple[str, Value]]:
    found: list[tuple[str, Value]] = [("init", evidence.fitting_init(state))]
    if not str(state.knobs.get("clip")).startswith("norm:"):
        found.append(("clip", "norm:1"))
    return [*found, ("norm", "layer"), ("rescale", "critical")]


entry = Rule(
    name="exploding",
    sentence=mark("The signal grows by more than four decades on its way to a layer."),
    source="Bengio, Simard, Frasconi 1994; Pascanu, Mikolov, Bengio 2013; He et al. 2015",
    check=check,
)
