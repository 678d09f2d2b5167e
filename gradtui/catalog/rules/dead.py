"""Dead: every unit of a layer is off for every sample, and no gradient can switch it on again."""

from __future__ import annotations

import textwrap

import numpy as np

from gradtui.catalog import evidence
from gradtui.core.entries import Rule
from gradtui.core.language import mark, tr
from gradtui.core.records import Applied, Finding, Value
from gradtui.core.state import RunState


def check(state: RunState) -> Finding | None:
    if evidence.not_finite(state).any():
        return None
    where = evidence.dead(state)
    if not where.any():
        return None
    lines = [tr("All units give 0 for the whole batch.")]
    top = int(np.flatnonzero(where)[-1])
    below = evidence.silent(state)[:top]
    if below.any():
        lines.append(tr("No signal passes below."))
        ratio = state.now.get("update_ratio")
        if ratio is not None and (ratio[:top] > 0).any() and _momentum(state):
            lines.append(tr("What still moves there is momentum."))
    cause = _cause(state)
    if cause is not None:
        line = tr("Since {change} at step {step}.").format(
            change=f"{cause.knob} → {cause.value}", step=cause.step
        )
        lines.append(textwrap.shorten(line, evidence.WIDTH, placeholder="…"))
    return evidence.finding(state, "dead", where, lines, prescriptions(state, where, cause))


def _momentum(state: RunState) -> bool:
    return state.knobs.get("optimizer") != "sgd" or bool(state.knobs.get("momentum"))


def _cause(state: RunState) -> Applied | None:
    """The last intervention before the layer died; none if it was dead before any."""
    held = evidence.holds(state, "dead")
    since = held.first if held else evidence.samples(state)[-1].step
    before = [m for m in state.markers if m.step <= since and not m.undone]
    return before[-1] if before else None


def prescriptions(
    state: RunState, where: evidence.Mask, cause: Applied | None
) -> list[tuple[str, Value]]:
    """A slope left of 0, a mean brought back to 0, new weights, or the bias put back."""
    found: list[tuple[str, Value]] = [
        ("activation", "leaky_relu"),
        ("norm", "layer"),
        ("init", evidence.fitting_init(state)),
    ]
    if cause is not None and cause.knob == "shift_bias":
        layer, _, amount = str(cause.value).partition(":")
        if layer.isdigit() and where[int(layer)]:
            found.insert(1, ("shift_bias", f"{layer}:{-float(amount):g}"))
    return found


entry = Rule(
    name="dead",
    sentence=mark("All units of a layer give 0 for the whole batch, and no signal passes it."),
    source="Maas, Hannun, Ng 2013; Lu, Shin, Su, Karniadakis 2020",
    check=check,
)
