"""Screenshots: what the terminal shows, as an SVG and as text, in files of their own."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from textual._context import visible_screen_stack
from textual.app import App
from textual.strip import Strip

from gradtui.core.errors import UsageError
from gradtui.core.state import RunState
from gradtui.tui import svg

FOLDER = "GRADTUI_SHOTS"
"""The environment variable that names the folder; without it, the present one."""


def shown(app: App[Any]) -> list[Strip]:
    """The rows of the whole screen, windows included, as they are now.

    Textual's own way to its screenshot is private too, and forgets what is still to be sent.
    """
    visible_screen_stack.set(app._background_screens)
    return app.screen._compositor.render_strips()


def stem(state: RunState) -> str:
    """`gradtui-vanishing-step599`."""
    name = re.sub(r"[^\w.-]+", "-", state.info.experiment).strip("-.") or "run"
    return f"gradtui-{name}-" + ("start" if state.step is None else f"step{state.step}")


def folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where screenshots go."""
    return Path(environ.get(FOLDER) or ".")


def save(rows: Sequence[Strip], folder: Path, stem: str) -> Path:
    """Write `stem.svg` and `stem.txt`, numbered where there are such files; returns the SVG.

    `UsageError` where that cannot be done. No file is ever written over.
    """
    picture, words = svg.svg(rows, stem.replace("-", " ")), svg.plain(rows)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in count(1):
            file = folder / (f"{stem}.svg" if number == 1 else f"{stem}-{number}.svg")
            text = file.with_suffix(".txt")
            if text.exists():
                continue
            try:
                with file.open("x", encoding="utf-8") as opened:
                    opened.write(picture)
            except FileExistsError:
                continue
            with text.open("x", encoding="utf-8") as opened:
                opened.write(words)
            break
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"no screenshot: {_place(folder)}: {reason}; {FOLDER} names another folder."
        ) from error
    return file


def _place(folder: Path) -> str:
    try:
        return str(folder.absolute())
    except OSError:
        return "the present folder is gone"
