"""The keys that a person chose: `$XDG_CONFIG_HOME/gradtui/keys.toml`, lines of `id = "key,key"`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gradtui.core.errors import unknown
from gradtui.tui.actions import ACTIONS


def path(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Where the file would lie; None without a home."""
    if config := environ.get("XDG_CONFIG_HOME"):
        return Path(config) / "gradtui" / "keys.toml"
    home = environ.get("HOME")
    return Path(home) / ".config" / "gradtui" / "keys.toml" if home else None


def load(file: Path | None) -> tuple[dict[str, str], list[str]]:
    """The keys by action id, and a sentence for everything that was wrong with the file.

    A missing file is no fault; a broken one leaves the keys as they are.
    """
    if file is None:
        return {}, []
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}, []
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        return {}, [f"{file} is left out: {error}"]
    known = {action.id for action in ACTIONS}
    keymap, faults = {}, []
    for name, keys in _flat(table):
        if name not in known:
            faults.append(f"{file}: {unknown('action', name, sorted(known))}")
        elif not isinstance(keys, str) or not all(key.strip() for key in keys.split(",")):
            faults.append(f'{file}: {name} takes keys such as "a" or "f2,ctrl+a", not {keys!r}.')
        else:
            keymap[name] = ",".join(key.strip() for key in keys.split(","))
    return keymap, faults


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """`activation.next = "x"` is a table in a table in TOML; an id is the whole path."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
