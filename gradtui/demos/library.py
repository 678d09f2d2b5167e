"""The demos that come with gradtui, and a person's own ones."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from gradtui.core.errors import UsageError, nearest
from gradtui.demos.script import Script, load, read

FIRST = "cure"
"""What is played if no name is given."""
ENDING = ".toml"


def names() -> tuple[str, ...]:
    """All demos of the package, by alphabet."""
    return tuple(sorted(file.name.removesuffix(ENDING) for file in _folder().iterdir()
                        if file.name.endswith(ENDING)))  # fmt: skip


def find(name: str, label: str | None = None) -> Script:
    """A demo by its name, or by the path of its file; `UsageError` if there is none.

    `label`: what to call it instead.
    """
    if name in names():
        return read(name, (_folder() / f"{name}{ENDING}").read_text(encoding="utf-8"))
    if name.endswith(ENDING) or "/" in name:
        return load(label or name, Path(name))
    near = nearest(name, names())
    hint = f" Did you mean {near}?" if near else ""
    raise UsageError(
        f"unknown demo {name!r}; there are {', '.join(names())}, or the path of a .toml file.{hint}"
    )


def _folder() -> Traversable:
    return files("gradtui.demos") / "scripts"
