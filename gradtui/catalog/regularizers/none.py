"""No penalty."""

from __future__ import annotations

from gradtui.core.entries import Regularizer

entry = Regularizer(
    name="none",
    formula="0",
    source="-",
    strength=0.0,
)
