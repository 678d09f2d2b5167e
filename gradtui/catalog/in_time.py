"""What the rules measure of a gradient through time, and how they say it.

In time a net is as deep as its sequence is long, so the same distances are severe as in depth:
over T steps a slope of so many decades a step makes T - 1 times as many.
"""

from __future__ import annotations

import math

import numpy as np

from gradtui.catalog import clauses, evidence
from gradtui.core import in_time, text
from gradtui.core.language import tr
from gradtui.core.records import Floats
from gradtui.core.state import RunState

LEAST = 10
"""Time steps below which there is no slope to speak of."""


def newest(state: RunState) -> list[Floats]:
    """[T] The newest samples' norms of dL/dh_t; none where the last one is mute."""
    rows = [s.signal_time for s in evidence.samples(state) if s.signal_time is not None]
    return [row for row in rows if len(row) >= LEAST and np.nanmax(row) > evidence.MUTE]


def lost(state: RunState) -> float:
    """Decades lost from the last time step to the first, the median over the newest samples.

    Along the line through all of them; nan without a sample, < 0 where it grows.
    """
    slopes = [in_time.slope(row) * (len(row) - 1) for row in newest(state)]
    finite = [slope for slope in slopes if math.isfinite(slope)]
    return float(np.median(finite)) if finite else math.nan


def severe(state: RunState, name: str, distance: float) -> bool:
    """Whether so many decades are a finding; it ends `SLACK` below where it opened."""
    held = evidence.holds(state, name) is not None
    return distance > evidence.SEVERE - (evidence.SLACK if held else 0)


def gated(state: RunState) -> bool:
    """Whether the cell has gates, an LSTM or a GRU."""
    return state.info.model.startswith(("LSTM", "GRU"))


def rows(state: RunState) -> evidence.Mask:
    """[L] The matrix that the signal meets at every step, of the first recurrent layer."""
    names = state.info.layers
    last = [name.endswith(("hh", ".h")) for name in names]
    at = last.index(True) if any(last) else 0
    mask: evidence.Mask = np.arange(len(names)) == at
    return mask


def passes_on(state: RunState) -> str:
    """`W_hh passes on ×0.59 a time step:`, the cause with its number."""
    factor = text.factor(10.0 ** -in_time.slope(newest(state)[-1]))
    if gated(state):
        return tr("The gates pass on {factor} a time step:").format(factor=factor)
    name = str(np.array(state.info.layers)[rows(state)][0])
    return tr("{layer} passes on {factor} a time step:").format(layer=name, factor=factor)


def ends(state: RunState) -> str:
    """`1.2e-2 at t = 60, 3.4e-16 at t = 1.`"""
    row = newest(state)[-1]
    top = int(np.flatnonzero(row)[-1])
    return tr("{last} at t = {steps}, {first} at t = 1.").format(
        last=text.number(float(row[top])), steps=top + 1, first=text.number(float(row[0]))
    )


def reaches(state: RunState) -> str:
    """`It reaches 13 of 60 steps back.`"""
    row = newest(state)[-1]
    said = tr("It reaches {reach} of {steps} steps back.")
    return said.format(reach=in_time.reach(row), steps=len(row))


def guessing(state: RunState) -> list[str]:
    """One line, if the loss is that of a guess."""
    line = clauses.guessing(state)
    return [line] if line else []
