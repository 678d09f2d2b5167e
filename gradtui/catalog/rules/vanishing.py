"""Vanishing: the signal dies on its way to the input, and what it does not reach cannot learn."""

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
    lost = evidence.decades(state)
    where = evidence.beyond(state, "vanishing", -lost) | _underflown(state)
    if not (where.any() or evidence.holds(state, "vanishing")):
        return None
    stuck = clauses.guessing(state)
    if not where.any() and stuck:
        where = -lost > evidence.MILD  # drifted a little, and still learns nothing
    if not where.any():
        return None
    depths = np.where(np.isnan(lost), -np.inf, lost)
    lowest = int(np.argmin(np.where(where, depths, np.inf)))
    lines = []
    factor = evidence.passed_on(state)
    if factor < 1:
        lines.append(
            tr("A layer passes on {factor} of the signal:").format(factor=text.factor(factor))
        )
    lines += [clauses.ends(state, lowest), *_still(state, where), stuck]
    found = [line for line in lines if line]
    return evidence.finding(state, "vanishing", where, found, prescriptions(state))


def _underflown(state: RunState) -> evidence.Mask:
    """Zeros with no dead layer above them: the signal died out, nothing shut it off."""
    silent = evidence.silent(state)
    shut_off = np.flatnonzero(evidence.dead(state))
    if len(shut_off):
        silent[: shut_off[-1] + 1] = False
    return silent


def _still(state: RunState, where: evidence.Mask) -> list[str]:
    """Which of the layers do not move while the output layer does."""
    ratio = state.now.get("update_ratio")
    if ratio is None or not ratio[-1] > 0:
        return []
    still = where & (ratio == 0)
    if still.any():
        one = still.sum() == 1
        said = (
            tr("{layers} stands still: update ratio 0")
            if one
            else tr("{layers} stand still: update ratio 0")
        )
        return [said.format(layers=clauses.span(state, still))]
    slowest = int(np.argmin(np.where(where, ratio, math.inf)))
    if not ratio[slowest] < 1e-2 * ratio[-1]:
        return []
    name = state.info.layers[slowest]
    ratio_now = text.number(float(ratio[slowest]))
    return [tr("{layer} hardly moves: update ratio {ratio}").format(layer=name, ratio=ratio_now)]


def prescriptions(state: RunState) -> list[tuple[str, Value]]:
    """What was measured to help at mid-run. Under a sigmoid a norm does not: its slope stays."""
    if state.knobs.get("activation") in ("sigmoid", "softplus"):
        return [("activation", "tanh"), ("residual", "on"), ("rescale", "critical")]
    return [("init", evidence.fitting_init(state)), ("rescale", "critical"), ("norm", "layer")]


entry = Rule(
    name="vanishing",
    sentence=mark("The signal shrinks by more than four decades on its way to a layer."),
    source="Hochreiter 1991; Bengio, Simard, Frasconi 1994; Glorot, Bengio 2010",
    check=check,
)
