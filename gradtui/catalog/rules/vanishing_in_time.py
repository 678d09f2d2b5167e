"""Vanishing in time: what a sequence began with gets no gradient, so a net cannot remember it."""

from __future__ import annotations

from gradtui.catalog import evidence, in_time
from gradtui.core.entries import Rule
from gradtui.core.language import mark, tr
from gradtui.core.records import Finding, Value
from gradtui.core.state import RunState

NAME = "vanishing in time"


def check(state: RunState) -> Finding | None:
    if evidence.not_finite(state).any():
        return None
    if not in_time.severe(state, NAME, in_time.lost(state)):
        return None
    lines = [in_time.passes_on(state), in_time.ends(state), in_time.reaches(state)]
    lines += in_time.guessing(state) or _anew(state)
    return evidence.finding(state, NAME, in_time.rows(state), lines, prescriptions(state))


def _anew(state: RunState) -> list[str]:
    """What helps, and can only be chosen at the start."""
    if in_time.gated(state):
        return []
    return [tr("Or start with cell=lstm forget_bias=3.")]


def prescriptions(state: RunState) -> list[tuple[str, Value]]:
    """Open gates, that let the state stay as it is; or a matrix that shrinks nothing.

    Where gates are half open, no matrix makes up for it. Where half the units are off, the
    matrix must have twice the square of one that rotates.
    """
    if in_time.gated(state):
        return [("shift_bias", "forget:3")]
    if evidence.flat_ends(state):
        tanh: list[tuple[str, Value]] = [("activation", "tanh")]
        return [*tanh * (state.knobs["activation"] == "sigmoid"), ("init", "orthogonal")]
    return [("init", evidence.fitting_init(state))]


entry = Rule(
    name=NAME,
    sentence=mark("Over the time steps the signal shrinks by more than four decades."),
    source="Bengio, Simard, Frasconi 1994; Hochreiter, Schmidhuber 1997; Gers et al. 2000",
    check=check,
)
