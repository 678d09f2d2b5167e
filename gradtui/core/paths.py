"""Where things lie: what is shipped, and what a person added."""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def expand(path: str) -> Path:
    """`--data=~/x.csv` comes unexpanded from the shell; a `~` that is no home is a plain name."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def shipped_themes() -> Path:
    """The folder of the themes that come with gradtui: inside the wheel, beside it in a clone."""
    inside = PACKAGE / "themes"
    return inside if inside.is_dir() else PACKAGE.parent / "themes"


def user_themes() -> Path | None:
    """The folder of a person's own themes (it need not exist); None without a home."""
    config = os.environ.get("XDG_CONFIG_HOME", "")
    if Path(config).is_absolute():  # the XDG specification has relative ones ignored
        return Path(config) / "gradtui" / "themes"
    try:
        return Path.home() / ".config" / "gradtui" / "themes"
    except RuntimeError:
        return None
