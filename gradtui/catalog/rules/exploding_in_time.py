"""Exploding in time: the gradient grows from step to step back, and one update ruins the net."""

from __future__ import annotations

from gradtui.catalog import evidence, in_time
from gradtui.core.entries import Rule
from gradtui.core.language import mark
from gradtui.core.records import Finding, Value
from gradtui.core.state import RunState

NAME = "exploding in time"


def check(state: RunState) -> Finding | None:
    if evidence.not_finite(state).any():
        return None
    if not in_time.severe(state, NAME, -in_time.lost(state)):
        return None
    lines = [in_time.passes_on(state), in_time.ends(state), *in_time.guessing(state)]
    return evidence.finding(state, NAME, in_time.rows(state), lines, prescriptions(state))


def prescriptions(state: RunState) -> list[tuple[str, Value]]:
    """A matrix that stretches nothing; steps of a length that no batch decides."""
    found: list[tuple[str, Value]] = [("init", "orthogonal")]
    if not str(state.knobs.get("clip")).startswith("norm:"):
        found.append(("clip", "norm:1"))
    return found


entry = Rule(
    name=NAME,
    sentence=mark("Over the time steps the signal grows by more than four decades."),
    source="Bengio, Simard, Frasconi 1994; Pascanu, Mikolov, Bengio 2013",
    check=check,
)
