"""Theme files: what one may say, and how one takes over what another says."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from gradtui.core.errors import UsageError, nearest, unknown
from gradtui.core.frozen import frozen
from gradtui.core.text import printable

ROLES = (
    "bg", "ink", "muted", "faint", "rule", "band", "sel", "key", "mark", "markline",
    "train", "test", "both", "env", "fork",
    "healthy", "fading", "vanishing", "growing", "exploding", "saturated", "dead", "nan", "ok",
)  # fmt: skip
ENTRIES = {"base": str, "about": str, "dark": bool, "roles": dict, "ramp": dict}
"""What may stand in a theme file, and of what type it is."""
TYPES = {str: "a text", bool: "true or false", dict: "a table"}
HEX = re.compile(r"#[0-9a-fA-F]{6}")
FIRST = "dark"
"""Leads the themes of its folder; the others follow by name."""


@frozen
class Sheet:
    """What a theme file says, its base included."""

    about: str = ""
    """One sentence: what it is for."""
    dark: bool = True
    roles: Mapping[str, str] = field(default_factory=dict)
    """Role to `#rrggbb`."""
    ramp: Mapping[float, str] = field(default_factory=dict)
    """Decades from the output layer to `#rrggbb`; linear in between."""


class CircleError(UsageError):
    """Bases that lead back to where they began."""


def collect(folders: Iterable[Path | None]) -> tuple[dict[str, Sheet], dict[str, str]]:
    """All themes by name, and by name a sentence for each file that was left out.

    A later folder wins over an earlier one, whose themes are still there to be its bases.
    """
    sheets: dict[str, Sheet] = {}
    faults: dict[str, str] = {}
    for folder in folders:
        shelf = Shelf(_files(folder), dict(sheets))
        for name, file in shelf.files.items():
            try:
                sheets[name] = shelf.complete(name)
            except UsageError as error:
                told = printable(str(error), 400)
                stop = "" if told.endswith((".", "?")) else "."
                faults[name] = f"the theme {_short(file)} was left out: {told}{stop}"
    return sheets, faults


def _files(folder: Path | None) -> dict[str, Path]:
    try:
        found = [] if folder is None else [*folder.glob("*.toml")]
    except OSError:
        return {}
    return {file.stem: file for file in sorted(found, key=lambda f: (f.stem != FIRST, f.stem))}


def _short(file: Path) -> str:
    """The path as a person writes it: a line of 80 cells has little room."""
    try:
        return f"~/{file.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(file)


@frozen
class Shelf:
    """The theme files of one folder, above the themes of the folders before it."""

    files: Mapping[str, Path]
    below: Mapping[str, Sheet]

    def complete(self, name: str) -> Sheet:
        """A theme with a colour for every role; `UsageError` says why it is none."""
        sheet = self._sheet(name)
        missing = [role for role in ROLES if role not in sheet.roles]
        if missing or not sheet.ramp:
            lacks = f"the role {missing[0]!r}" if missing else "a ramp"
            raise UsageError(f'it lacks {lacks}; a line base = "dark" gives it all that is missing')
        return sheet

    def _sheet(self, name: str, above: tuple[str, ...] = ()) -> Sheet:
        """What the file says, over what its base says; `above` led here by their bases."""
        if name in above:
            raise CircleError(f"its bases go in a circle: {' → '.join((*above, name))}")
        table = _table(self.files[name])
        base = table.get("base")
        under = Sheet() if base is None else self._base(name, base, above)
        return Sheet(
            about=printable(" ".join(table.get("about", _about(base)).split())),
            dark=table.get("dark", under.dark),
            roles={**under.roles, **table.get("roles", {})},
            ramp={**under.ramp, **_stops(table.get("ramp", {}))},
        )

    def _base(self, name: str, base: str, above: tuple[str, ...]) -> Sheet:
        """A theme may stand on the one of an earlier folder that has its own name."""
        if base in self.files and not (base == name and base in self.below):
            try:
                return self._sheet(base, (*above, name))
            except CircleError:
                raise
            except UsageError as error:
                raise UsageError(f"its base {base} was left out") from error
        if base not in self.below:
            raise unknown("base", base, dict.fromkeys((*self.below, *self.files)))
        return self.below[base]


def _about(base: str | None) -> str:
    return "Your own." if base is None else f"Your own, after {base}."


def _table(file: Path) -> dict[str, Any]:
    """What the file holds; `UsageError` unless every entry is known and of its type."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(str(error).partition("\n")[0]) from error
    for key, value in table.items():
        if key not in ENTRIES:
            raise _stray("entry", key, ENTRIES)
        if not isinstance(value, ENTRIES[key]):
            raise UsageError(f"{key} must be {TYPES[ENTRIES[key]]}")
    for role, color in table.get("roles", {}).items():
        if role not in ROLES:
            raise _stray("role", role, ROLES)
        _check(role, color)
    for decades, color in table.get("ramp", {}).items():
        if isinstance(color, dict):
            raise UsageError(f'a decade with a point needs quotes: "{decades}.{next(iter(color))}"')
        _check(decades, color)
    return table


def _check(key: str, color: object) -> None:
    if not (isinstance(color, str) and HEX.fullmatch(color)):
        raise UsageError(f"{key} = {color!r} is no colour like '#d8dcd6'")


def _stray(kind: str, given: str, names: Iterable[str]) -> UsageError:
    """The nearest name alone where there is one: all of them would fill the line."""
    known = list(names)
    near = nearest(given, known)
    hint = f"did you mean {near}?" if near else f"allowed: {', '.join(known)}"
    return UsageError(f"unknown {kind} {given!r}; {hint}")


def _stops(ramp: Mapping[str, str]) -> dict[float, str]:
    """Decades as numbers, so that 2 and "2.0" are one."""
    try:
        stops = {float(key): color for key, color in ramp.items()}
    except ValueError as error:
        raise UsageError(f"the keys of its ramp are decades such as -6, {error}") from error
    if not all(map(math.isfinite, stops)):
        raise UsageError("the keys of its ramp are decades such as -6, all finite")
    return stops
