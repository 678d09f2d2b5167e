"""Colours by role: a theme is a TOML file of roles and a ramp; a poor terminal gets fewer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from rich.style import Style

from gradtui.core.errors import UsageError, unknown
from gradtui.core.frozen import frozen
from gradtui.core.paths import shipped_themes, user_themes
from gradtui.tui.cube import nearest
from gradtui.tui.themefile import Sheet, collect
from gradtui.tui.view import Colors

RAMP = range(-12, 9)
"""Decades from the output layer that have a colour of their own; beyond, the last one goes on."""
BACKGROUNDS = ("bg", "band", "sel")
ANSI16 = {
    "ink": "default", "muted": "white", "faint": "bright_black", "rule": "bright_black",
    "key": "bright_yellow", "mark": "bright_yellow", "markline": "yellow",
    "train": "bright_white", "test": "bright_magenta", "both": "bright_white",
    "env": "bright_black", "fork": "bright_black", "healthy": "green", "fading": "cyan",
    "vanishing": "bright_blue", "growing": "yellow", "exploding": "bright_red",
    "saturated": "magenta", "dead": "bright_black", "nan": "bright_magenta", "ok": "green",
}  # fmt: skip
BOLD_WITHOUT_COLOR = ("key", "mark", "exploding", "nan")
"""NO_COLOR: bold and reverse are all that is left."""


def ramp_role(decades: int) -> str:
    """The role of a lane's cell that lies so many decades from the output layer."""
    return f"ramp{min(max(decades, RAMP[0]), RAMP[-1]):+d}"


def ramp_class(decades: int) -> str:
    """The verdict's role for so many decades: where a terminal has no colours for the ramp."""
    if decades > 2:
        return "growing" if decades <= 4 else "exploding"
    if decades < -2:
        return "fading" if decades >= -4 else "vanishing"
    return "healthy"


@frozen
class Palette:
    """The colour of every role."""

    name: str
    dark: bool
    roles: Mapping[str, str]
    """Role (ramp-12 to ramp+8 included) to `#rrggbb`, or to the name of one of 16 colours."""
    about: str = ""
    """One sentence: what it is for."""
    colors: Colors = "truecolor"

    def color(self, role: str) -> str:
        """`#rrggbb`, or the name of one of 256 or 16 colours; `default` without colour."""
        return self.roles.get(role, "default")

    def style(
        self, role: str, back: str = "bg", *, bold: bool = False, reverse: bool = False
    ) -> Style:
        """Rich's style for a role on a background."""
        if self.colors == "none":
            return Style(bold=bold or role in BOLD_WITHOUT_COLOR, reverse=reverse)
        return Style(color=self.color(role), bgcolor=self.color(back), bold=bold, reverse=reverse)

    def limited(self, colors: Colors) -> Palette:
        """The same theme on a terminal with 256 colours, with 16, or with none."""
        if colors == self.colors:
            return self
        if colors == "256":
            fewer = {role: nearest(color) for role, color in self.roles.items()}
            return replace(self, colors=colors, roles=fewer)
        if colors == "none":
            return replace(self, colors=colors, roles={})
        ramp = {ramp_role(decades): ANSI16[ramp_class(decades)] for decades in RAMP}
        return replace(self, colors=colors, roles={**ANSI16, **ramp})


def names() -> tuple[str, ...]:
    """All themes: the shipped ones, dark first, then the user's own; broken ones are left out."""
    return tuple(_found()[0])


def load(name: str) -> Palette:
    """The theme of this name; `UsageError` says why it was left out, or which one is nearest."""
    themes, faults = _found()
    if name in themes:
        return themes[name]
    raise UsageError(faults[name]) if name in faults else unknown("theme", name, themes)


def problems() -> tuple[str, ...]:
    """One sentence for each of the user's themes that was left out."""
    return tuple(_found()[1].values())


@cache
def _found() -> tuple[Mapping[str, Palette], Mapping[str, str]]:
    sheets, faults = collect((shipped_themes(), user_themes()))
    return {name: palette(name, sheet) for name, sheet in sheets.items()}, faults


def palette(name: str, sheet: Sheet) -> Palette:
    """The colours of a sheet: its roles, and its ramp at every whole decade."""
    stops = sorted((decades, _rgb(color)) for decades, color in sheet.ramp.items())
    ramp = {ramp_role(decades): _between(stops, decades) for decades in RAMP}
    return Palette(name, sheet.dark, {**sheet.roles, **ramp}, sheet.about)


def _between(stops: list[tuple[float, tuple[int, ...]]], at: float) -> str:
    low = max((s for s in stops if s[0] <= at), default=stops[0])
    high = min((s for s in stops if s[0] >= at), default=stops[-1])
    share = (at - low[0]) / (high[0] - low[0]) if high[0] > low[0] else 0.0
    mixed = (round(a + share * (b - a)) for a, b in zip(low[1], high[1], strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _rgb(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color[1:]))
