"""The line over the lanes: what is drawn, the slope, the names of the columns."""

from __future__ import annotations

import math

from gradtui.core.scale import slope
from gradtui.core.text import signed
from gradtui.tui.grid import Grid, Spans
from gradtui.tui.panels import theory
from gradtui.tui.panels.picture import Picture

TITLES = {
    "signal": ("signal", "rms ∂L/∂z"),
    "grad_norm": ("grad norm", "‖∂L/∂W‖"),
    "update_ratio": ("update ratio", "‖ΔW‖/‖W‖"),
    "weight_norm": ("weight norm", "‖W‖"),
    "dead": ("dead share", "units ≤ 0"),
}


def paint(grid: Grid, picture: Picture) -> None:
    """One row; where it also holds markers and ticks, they are painted later."""
    layout = picture.layout
    y, across = layout.heads, layout.columns
    if y is None:
        return
    if not layout.compact:  # else the title shares its row with the markers, which come first
        title, formula = TITLES[picture.view.quantity]
        grid.text(across.name[0], y, "layer", "muted")
        grid.spans(layout.lanes.x, y, [(title, "ink", True), ("  " + formula, "muted", False)])
    if across.profile and not layout.compact:
        grid.spans(across.profile[0], y, _slope(picture))
    grid.text(across.now[0], y, "now", "muted")
    if across.gain is not None:
        grid.text(across.gain, y, "gain", "muted")
    if across.update is not None:
        grid.text(across.update, y, "update", "muted")
    grid.text(across.verdict + 2, y, "verdict", "muted")


def _slope(picture: Picture) -> Spans:
    """Of what the lanes show; of the last finite profile where there is none now."""
    state, name = picture.state, picture.view.quantity
    if name == "dead" or name not in state.now:
        return []
    now = slope(state.now[name])
    if math.isfinite(now):
        if name == "signal" and picture.comparison is not None:
            predicted, measured = theory.slopes(picture.comparison)
            return [
                ("slope ", "ink", True), (measured, "ink", True),
                ("  theory ", "muted", False), (predicted, "ink", False),
            ]  # fmt: skip
        return [
            ("slope ", "ink", True), (signed(now), "ink", True),
            (" decades/layer", "muted", False),
        ]  # fmt: skip
    before = slope(state.ghost.signal) if state.ghost and name == "signal" else math.nan
    if not math.isfinite(before) or state.ghost is None:
        return []
    return [
        ("slope ", "ink", True), (signed(before), "muted", False),
        (f" at step {state.ghost.step}", "muted", False),
    ]  # fmt: skip
