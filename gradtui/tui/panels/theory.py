"""Theory beside the measurement: the phase of the net, both slopes, χ."""

from __future__ import annotations

import math

from gradtui.core import text
from gradtui.core.prediction import Comparison
from gradtui.tui.grid import Spans, length
from gradtui.tui.panels.picture import Picture

PREDICTED_AT, MEASURED_AT = 24, 35
"""Where the numbers of the table end."""
TITLE = "theory   "


def lines(picture: Picture) -> list[Spans]:
    """For the panel of the doctor, a line a row; none where there is no prediction."""
    found = picture.comparison
    if found is None:
        return []
    predicted, measured = slopes(found)
    phase: Spans = [(TITLE, "ink", True), (found.phase or "unknown", "ink", True)]
    return [
        [*phase, (_scale(found, picture), "muted", False)],
        [],
        _row("", "predicted", "measured", "faint"),
        _row("slope", predicted, measured),
        _row(f"{_letter(picture)} per layer", _chi(found.predicted), _chi(found.measured)),
        [],
    ]  # fmt: skip


def line(picture: Picture, room: int) -> Spans:
    """For a screen without that panel, in one line; empty where there is no prediction."""
    found = picture.comparison
    if found is None:
        return []
    predicted, measured = slopes(found)
    head: Spans = [
        (f"{found.phase or 'unknown'}  ", "ink", True), ("slope ", "muted", False),
        (measured, "ink", True), (" theory ", "muted", False), (predicted, "ink", True),
    ]  # fmt: skip
    chi: Spans = [
        (f"  {_letter(picture)} ", "muted", False), (_chi(found.measured), "ink", False),
        (" theory ", "muted", False), (_chi(found.predicted), "ink", False),
    ]  # fmt: skip
    scale: Spans = [(_scale(found, picture), "muted", False)]
    forms = ([*head, *chi, *scale], [*head, *chi], head)
    return next((form for form in forms if length(form) <= room), head)


def slopes(found: Comparison) -> tuple[str, str]:
    """Predicted and measured."""
    return text.signed(found.predicted_slope), text.signed(found.measured_slope)


def _scale(found: Comparison, picture: Picture) -> str:
    if not math.isfinite(found.depth_scale):
        return ""
    size = f"{found.depth_scale:.2g}" if found.depth_scale < 1000 else "over 1000"
    return f"  {'ξ' if picture.unicode else 'xi'} {size} layers"


def _letter(picture: Picture) -> str:
    return "χ" if picture.unicode else "chi"


def _chi(value: float) -> str:
    return f"{value:.3f}" if 1e-3 < value < 1e3 else text.number(value)


def _row(name: str, predicted: str, measured: str, role: str = "ink") -> Spans:
    return [
        (f"{name:<15}", "ink", False),
        (f"{predicted:>{PREDICTED_AT - 15}}", role, False),
        (f"{measured:>{MEASURED_AT - PREDICTED_AT}}", role, role == "ink"),
    ]
