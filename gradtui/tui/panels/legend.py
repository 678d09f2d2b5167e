"""How to read the lanes and the profile."""

from __future__ import annotations

from gradtui.tui.grid import Grid, fit
from gradtui.tui.numbers import power
from gradtui.tui.panels.picture import Picture
from gradtui.tui.theme import ramp_role

BELOW, ABOVE = range(-10, 0), range(1, 7)
COLOUR_AT = 26
COLOUR_WIDTH = 52
"""With the word `colour` before it, which goes first."""
NOW_AT = 20
THEORY_AT = 28


def paint(grid: Grid, picture: Picture) -> None:
    """One row: height, colour, and what the dots of the profile are."""
    layout, axis = picture.layout, picture.axis
    y = layout.legend
    if y is None:
        return
    x = layout.lanes.x
    low, high = ("▁", "▇") if picture.unicode else ("_", "#")
    ends = ("0", "100 %")
    if axis.log:
        ends = (
            power(int(axis.low), unicode=picture.unicode),
            power(int(axis.high), unicode=picture.unicode),
        )
    grid.spans(x, y, [
        ("height ", "faint", False), (low, "muted", False), (f" {ends[0]} … ", "faint", False),
        (high, "muted", False), (f" {ends[1]}", "faint", False),
    ])  # fmt: skip
    spare = layout.lanes.width - COLOUR_AT - COLOUR_WIDTH
    if axis.log and not picture.mono and spare >= -len("colour: "):
        _colours(grid, picture, x + COLOUR_AT, y, "colour: " if spare >= 0 else "")
    if layout.columns.profile and picture.ghost is not None:
        _profile(grid, picture, layout.columns.profile[0], y)
    if layout.columns.profile and picture.theory is not None and not layout.compact:
        dots = "⠂⠂" if picture.unicode else "::"
        x = layout.columns.profile[0] + (THEORY_AT if picture.ghost is not None else 0)
        grid.spans(x, y, [(dots, "ink", False), (" theory", "muted", False)])


def _colours(grid: Grid, picture: Picture, x: int, y: int, title: str) -> None:
    block = "▆" if picture.unicode else "#"
    top = picture.state.info.layers[-1]
    x = grid.text(x, y, f"{title}decades from {fit(top, 6)}  −10 ", "faint")
    for decades in BELOW:
        x = grid.text(x, y, block, ramp_role(decades))
    x = grid.text(x, y, " 0 ", "faint")
    for decades in ABOVE:
        x = grid.text(x, y, block, ramp_role(decades))
    grid.text(x, y, " +6", "faint")


def _profile(grid: Grid, picture: Picture, x: int, y: int) -> None:
    ghost, now = picture.state.ghost, picture.now
    dots = "⠒⠒" if picture.unicode else ".."
    narrow = picture.layout.compact
    if ghost is None:
        return
    word = f" {ghost.step}" if narrow else f" step {ghost.step}"
    grid.spans(x, y, [(dots, "fork", False), (word, "muted", False)])
    if now is not None and (now > 0).any() and not narrow:
        role = picture.verdicts[0].role
        dots = "⠒⠒" if picture.unicode else "**"
        grid.spans(x + NOW_AT, y, [(dots, role, True), (" now", "muted", False)])
