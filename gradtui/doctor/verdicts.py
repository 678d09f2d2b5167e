"""The verdict on each layer: one word, one glyph, one colour role."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
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
