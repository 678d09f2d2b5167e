"""A row a lane: its name, its value now, gain, update ratio and verdict."""

from __future__ import annotations

import numpy as np

from gradtui.core import text
from gradtui.tui import numbers
from gradtui.tui.grid import Grid, fit
from gradtui.tui.panels.picture import Picture


def paint_names(grid: Grid, picture: Picture) -> None:
    """The column left of the lanes; `▸` points at the selected one."""
    layout = picture.layout
    x, width = layout.columns.name
    pointer = layout.columns.profile is not None
    for lane, group in enumerate(layout.groups):
        y = picture.lane_row(lane)
        chosen = lane == picture.selected
        name = fit(picture.roster.label(group), width - 2 * pointer)
        if pointer and chosen:
            grid.text(x, y, "▸", "key")
        grid.text(x + pointer, y, name, "ink" if chosen else "muted", bold=chosen)


def names_of(picture: Picture) -> object:
    """What the names depend on."""
    return picture.roster, picture.layout, picture.selected


def paint_values(grid: Grid, picture: Picture) -> None:
    """The columns right of the profile."""
    across, now = picture.layout.columns, picture.now
    shown = picture.state.now.get("update_ratio") if across.update is not None else None
    update = picture.grouped(shown)
    measured = "update_ratio" in picture.state.now
    for lane, verdict in enumerate(picture.verdicts):
        y = picture.lane_row(lane)
        if now is None:
            grid.text(across.now[0], y, numbers.UNKNOWN, "faint")
        else:
            value = float(now[lane])
            role = "ink" if np.isfinite(value) else "faint" if _undefined(picture) else "nan"
            grid.text(across.now[0], y, numbers.quantity(picture.view.quantity, value), role)
        if across.gain is not None:
            grid.text(across.gain, y, _gain(picture, lane), "muted")
        if across.update is not None:
            word = text.number(float(update[lane])) if measured else numbers.UNKNOWN
            lost = measured and not np.isfinite(update[lane])
            grid.text(across.update, y, word, "nan" if lost else "muted")
        lost = verdict.role == "nan"
        grid.text(across.verdict, y, verdict.glyph, verdict.role, reverse=lost)
        grid.text(across.verdict + 2, y, verdict.word, verdict.role)


def _undefined(picture: Picture) -> bool:
    return picture.view.quantity == "dead"


def _gain(picture: Picture, lane: int) -> str:
    """The value as a factor of that of the layer above, wherever that one is shown."""
    now, above = picture.now, picture.above(lane)
    if now is None or not above > 0 or not np.isfinite(now[lane]):
        return numbers.UNKNOWN
    with np.errstate(over="ignore"):  # above a signal that is nearly 0, inf is the answer
        return text.factor(float(now[lane] / above))
