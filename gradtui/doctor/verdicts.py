"""The verdict on each layer: one word, one glyph, one colour role."""

from __future__ import annotations

import numpy as np

from gradtui.catalog import evidence
from gradtui.core.frozen import frozen
from gradtui.core.state import RunState


@frozen
class Verdict:
    """What a layer's row says."""

    word: str
    glyph: str
    role: str
    """A role of the palette."""
    grade: int
    """How bad, 0 healthy to 9; of two layers in one lane the worse one is shown."""


HEALTHY = Verdict("healthy", "·", "healthy", 0)
FADING = Verdict("fading", "▿", "fading", 2)
GROWING = Verdict("growing", "▵", "growing", 2)
SATURATED = Verdict("saturated", "=", "saturated", 4)
VANISHING = Verdict("vanishing", "▾", "vanishing", 5)
EXPLODING = Verdict("exploding", "▴", "exploding", 6)
NO_SIGNAL = Verdict("no signal", "_", "dead", 7)
DEAD = Verdict("dead", "_", "dead", 8)
NOT_FINITE = Verdict("not finite", "×", "nan", 9)
UNKNOWN = Verdict("–", " ", "faint", -1)
"""Not sampled yet."""


def verdicts(state: RunState) -> list[Verdict]:
    """The verdict on each layer, from the input to the output.

    By decades from the output layer and by shares, both as medians over the newest samples; not
    finite, dead and no signal come at once. Of several that hold, the worst.
    """
    rows = len(state.info.layers)
    lost = evidence.not_finite(state)
    if not evidence.samples(state):
        return [NOT_FINITE if lost[i] else UNKNOWN for i in range(rows)]
    away = evidence.decades(state)
    words = [HEALTHY] * rows
    classes = (
        (FADING, away < -evidence.MILD),
        (GROWING, away > evidence.MILD),
        (SATURATED, evidence.saturation(state) > evidence.FULL),
        (VANISHING, away < -evidence.SEVERE),
        (EXPLODING, away > evidence.SEVERE),
        (NO_SIGNAL, evidence.silent(state)),
        (DEAD, evidence.dead(state)),
        (NOT_FINITE, lost),
    )
    for verdict, where in classes:
        for i in np.flatnonzero(where):
            words[i] = verdict
    return words
