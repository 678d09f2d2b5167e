"""Saturated: nearly all outputs lie where the activation is flat and passes nothing back."""

from __future__ import annotations

import numpy as np

from gradtui.catalog import evidence
from gradtui.core import text
from gradtui.core.entries import Rule
from gradtui.core.language import mark, tr
from gradtui.core.records import Finding, Value
from gradtui.core.state import RunState


def check(state: RunState) -> Finding | None:
    if evidence.not_finite(state).any():
        return None
    share = evidence.saturation(state)
    where = share > evidence.FULL
    if not where.any() and evidence.holds(state, "saturated"):
        where = share > evidence.FULL - 0.05
    if not where.any():
        return None
    worst = int(np.nanargmax(share))
    activation = state.knobs.get("activation")
    lines = [
        tr("{share} of the outputs of {layer}").format(
            share=text.share(float(share[worst])), layer=state.info.layers[worst]
        ),
        tr("lie where {activation} is flat.").format(activation=activation),
        tr("Hardly any gradient passes there."),
    ]
    return evidence.finding(state, "saturated", where, lines, prescriptions(state))


def prescriptions(state: RunState) -> list[tuple[str, Value]]:
    return [("norm", "layer"), ("rescale", "critical"), ("init", evidence.fitting_init(state))]


entry = Rule(
    name="saturated",
    sentence=mark("More than 90 % of a layer's outputs lie at the flat ends of its activation."),
    source="LeCun, Bottou, Orr, Müller 1998; Glorot, Bengio 2010",
    check=check,
)
