"""The keys that a person chose: `$XDG_CONFIG_HOME/gradtui/keys.toml`, lines of `id = "key,key"`.

Nothing here imports Textual, so that a command line without a screen can list the keys.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from gradtui.core.errors import UsageError, nearest
from gradtui.core.frozen import frozen
from gradtui.tui.actions import ACTIONS, SPELT, Action, rebound

NAMES = (
    "up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete",
    "backspace", "tab", "enter", "escape", "space", *(f"f{n}" for n in range(1, 25)), *SPELT,
)  # fmt: skip
"""Keys that have a name instead of a letter."""
MODIFIED = re.compile(r"((?:ctrl|shift|alt|super|meta|hyper)\+)*(.+)", re.IGNORECASE)
RESERVED = ("ctrl+c", "ctrl+q")
"""The ways out that always work."""
SHOT = "ctrl+s"
"""A screenshot, in windows too: no other action is ever given the key."""
UNBOUND = "unbound"
"""What stands for no key at all: a name that no terminal sends."""
EXAMPLE = 'activation.next = "x"'


@frozen
class Keymap:
    """The keys of the actions that have other keys than they came with."""

    keys: Mapping[str, str] = field(default_factory=dict)
    """Keys by action id, with commas between them; nothing for an action without a key."""
    faults: tuple[str, ...] = ()
    """A sentence for everything that was wrong with the file."""

    @property
    def table(self) -> tuple[Action, ...]:
        """All actions with the keys that this person chose."""
        return rebound(self.keys)

    @property
    def bindings(self) -> dict[str, str]:
        """As Textual wants it."""
        return {name: keys or UNBOUND for name, keys in self.keys.items()}


def path(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Where the file would lie; None without a home."""
    config = environ.get("XDG_CONFIG_HOME", "")
    if Path(config).is_absolute():  # the XDG specification has relative ones ignored
        return Path(config) / "gradtui" / "keys.toml"
    home = environ.get("HOME")
    return Path(home) / ".config" / "gradtui" / "keys.toml" if home else None


def load(file: Path | None) -> Keymap:
    """The keys of a file. A missing file is no fault; a broken one leaves the keys as they are.

    A key that the file gives to an action is taken from the action that had it.
    """
    if file is None:
        return Keymap()
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return Keymap()
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        return Keymap(faults=(f"the keys of {file} were left out: {error}.",))
    chosen: dict[str, list[str]] = {}
    faults = []
    for name, value in _flat(table):
        try:
            chosen[name] = _keys(name, value, chosen)
        except UsageError as error:
            faults.append(f"{file}: {error}")
    lost = _lost(chosen)
    faults += [
        f'{file}: {name} has no key any more; a line such as {name} = "f5" gives it one.'
        for name, keys in lost.items()
        if not keys
    ]
    return Keymap({name: ",".join(keys) for name, keys in (chosen | lost).items()}, tuple(faults))


def _keys(name: str, value: object, chosen: Mapping[str, list[str]]) -> list[str]:
    """The keys that a line gives to an action; none for `""`."""
    known = [action.id for action in ACTIONS]
    if name not in known:
        near = nearest(name, known)
        hint = f" Did you mean {near}?" if near else ""
        raise UsageError(f"unknown action {name!r}; `gradtui list keys` has them all.{hint}")
    listed = value.split(",") if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(key, str) for key in listed):
        raise UsageError(f'{name} takes keys such as "a" or "f2,ctrl+a", not {value!r}.')
    keys = [key(name, word.strip()) for word in listed] if value not in ("", []) else []
    if SHOT in keys:
        raise UsageError(f"{name} cannot have {SHOT!r}, which always takes a screenshot.")
    for other, taken in chosen.items():
        if both := sorted({*keys} & {*taken}):
            raise UsageError(f"{name} cannot have {both[0]!r}, which {other} has already.")
    return keys


def key(name: str, text: str) -> str:
    """One key as Textual names it: `a`, `ctrl+a`, `f5`, `]`; `UsageError` of `name` if none."""
    found = MODIFIED.fullmatch(text)
    if len(text) == 1 and text.isprintable():
        return text
    if found is None or not (len(found[2]) == 1 or found[2].lower() in NAMES):
        near = nearest(text, NAMES)
        hint = f" Did you mean {near}?" if near else ""
        raise UsageError(
            f"{name} = {text!r}: no such key; keys are letters, f1, space, ctrl+a and the like."
            + hint
        )
    if text.lower() in RESERVED:
        raise UsageError(f"{name} cannot have {text.lower()!r}, which always leads out.")
    return text.lower()


def _lost(chosen: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """What is left to the actions of which a chosen key was taken."""
    taken = {SPELT.get(key, key) for keys in chosen.values() for key in keys}
    left = {}
    for action in ACTIONS:
        had = [key.strip() for key in action.keys.split(",")]
        kept = [key for key in had if SPELT.get(key, key) not in taken]
        if action.id not in chosen and kept != had:
            left[action.id] = kept
    return left


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """`activation.next = "x"` is a table in a table in TOML; an id is the whole path."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
