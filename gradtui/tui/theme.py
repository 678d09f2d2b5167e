"""Colours by role: a theme is a TOML file of roles and a ramp; a poor terminal gets fewer."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from rich.style import Style

from gradtui.core.errors import UsageError, unknown
from gradtui.core.paths import shipped_themes, user_themes
from gradtui.tui.view import Colors

ROLES = (
    "bg", "ink", "muted", "faint", "rule", "band", "sel", "key", "mark", "markline",
    "train", "test", "both", "env", "fork",
    "healthy", "fading", "vanishing", "growing", "exploding", "saturated", "dead", "nan", "ok",
)  # fmt: skip
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
DEFAULT = "dark"
"""Comes first when the key turns through the themes."""
HEX = re.compile(r"#[0-9a-fA-F]{6}")


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


@dataclass(frozen=True)
class Palette:
    """The colour of every role."""

    name: str
    dark: bool
    roles: Mapping[str, str]
    """Role (ramp-12 to ramp+8 included) to `#rrggbb`, or to the name of one of 16 colours."""
    colors: Colors = "truecolor"

    def color(self, role: str) -> str:
        """`#rrggbb`, or the name of one of 16 colours; `default` without colour."""
        return self.roles.get(role, "default")

    def style(
        self, role: str, back: str = "bg", *, bold: bool = False, reverse: bool = False
    ) -> Style:
        """Rich's style for a role on a background."""
        if self.colors == "none":
            return Style(bold=bold or role in BOLD_WITHOUT_COLOR, reverse=reverse)
        return Style(color=self.color(role), bgcolor=self.color(back), bold=bold, reverse=reverse)

    def limited(self, colors: Colors) -> Palette:
        """The same theme on a terminal with 16 colours, or with none."""
        if colors == "truecolor":
            return self
        if colors == "none":
            return replace(self, colors=colors, roles={})
        ramp = {ramp_role(decades): ANSI16[ramp_class(decades)] for decades in RAMP}
        return replace(self, colors=colors, roles={**ANSI16, **ramp})


def names() -> tuple[str, ...]:
    """All themes: the shipped ones, dark first, then the user's own; broken ones are left out."""
    return tuple(_all())


def load(name: str) -> Palette:
    """The theme of this name; `UsageError` with the nearest one if there is none."""
    themes = _all()
    if name not in themes:
        why = [problem for problem in problems() if f"/{name}.toml" in problem]
        raise UsageError(why[0]) if why else unknown("theme", name, themes)
    return themes[name]


def problems() -> tuple[str, ...]:
    """One sentence for each of the user's themes that was left out."""
    return _found()[1]


def _all() -> Mapping[str, Palette]:
    return _found()[0]


@cache
def _found() -> tuple[Mapping[str, Palette], tuple[str, ...]]:
    themes: dict[str, Palette] = {}
    faults: list[str] = []
    folders = [shipped_themes(), user_themes()]
    for folder in folders:
        for file in _files(folder):
            try:
                themes[file.stem] = read(file)
            except UsageError as error:
                faults.append(str(error))
    return themes, tuple(faults)


def _files(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    try:
        files = [file for file in folder.iterdir() if file.suffix == ".toml"]
        return sorted(files, key=lambda file: (file.stem != DEFAULT, file.stem))
    except OSError:
        return []


def read(file: Path) -> Palette:
    """A theme from its file; `UsageError` says in one sentence what is wrong with it."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise UsageError(f"the theme {file} was left out: {reason}.") from error
    roles, ramp = table.get("roles", {}), table.get("ramp", {})
    if not isinstance(roles, dict) or not isinstance(ramp, dict):
        raise UsageError(f"the theme {file} was left out: roles and ramp must be tables.")
    missing = [role for role in ROLES if role not in roles]
    if missing:
        raise UsageError(f"the theme {file} was left out: it lacks the role {missing[0]!r}.")
    for key, value in (*roles.items(), *ramp.items()):
        if not (isinstance(value, str) and HEX.fullmatch(value)):
            raise UsageError(
                f"the theme {file} was left out: {key} = {value!r} is no colour like '#d8dcd6'."
            )
    wanted = {role: roles[role] for role in ROLES}
    return Palette(file.stem, bool(table.get("dark", True)), {**wanted, **_ramp(file, ramp)})


def _ramp(file: Path, table: Mapping[str, Any]) -> dict[str, str]:
    """Colours for every whole decade, linear between the given ones."""
    try:
        stops = sorted((float(key), _rgb(value)) for key, value in table.items())
    except ValueError as error:
        raise UsageError(f"the theme {file} was left out: ramp keys are decades.") from error
    if not stops:
        raise UsageError(f"the theme {file} was left out: its ramp is empty.")
    return {ramp_role(decades): _between(stops, decades) for decades in RAMP}


def _between(stops: list[tuple[float, tuple[int, ...]]], at: float) -> str:
    low = max((s for s in stops if s[0] <= at), default=stops[0])
    high = min((s for s in stops if s[0] >= at), default=stops[-1])
    share = (at - low[0]) / (high[0] - low[0]) if high[0] > low[0] else 0.0
    mixed = (round(a + share * (b - a)) for a, b in zip(low[1], high[1], strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _rgb(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color[1:]))
