"""The start: a first picture stands before Textual, which takes longest of all, is imported."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Unpack

import numpy as np

from gradtui.core.source import Source
from gradtui.core.state import RunState
from gradtui.tui import keymap, terminal
from gradtui.tui.bridge import IMPORTING
from gradtui.tui.composer import Composer
from gradtui.tui.draw.ansi import Pen, written
from gradtui.tui.showing import Showing
from gradtui.tui.terminal import Terminal
from gradtui.tui.theme import Palette, load
from gradtui.tui.view import View

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from gradtui.tui.app import GradtuiApp


def run(
    source: Source,
    make: Callable[..., GradtuiApp] | None = None,
    *,
    loop: Callable[[], AbstractEventLoop] | None = None,
    caption: str | None = None,
    **showing: Unpack[Showing],
) -> int:
    """Show a source until the person leaves; returns the exit status, as `serve.show` does.

    `make` makes the app, once the first picture stands; without it, it is a plain one. `loop`
    makes its event loop. `caption`: what stands there, if there is to be a line of captions.
    `UsageError` without a terminal, and for an unknown theme.
    """
    terminal.require()
    palette = load(showing.get("theme", "dark"))
    opened = Terminal("utf-8" if terminal.unicode(os.environ) else "ascii")
    picture = ""
    with suppress(Exception):  # what is wrong with a panel, the screen itself will say
        picture = first(source, palette, showing.get("opening", IMPORTING), caption)
    with opened.behind(picture):
        from gradtui.tui import app

        return app.run(source, opened, make or app.GradtuiApp, loop, **showing)


def first(source: Source, palette: Palette, words: str, caption: str | None = None) -> str:
    """What the main screen shows of a run that has not told anything yet, as a terminal has it."""
    colors = terminal.colors(os.environ)
    view = View(
        RunState(source.info), colors=colors, unicode=terminal.unicode(os.environ),
        table=keymap.load(keymap.path()).table, message=words, caption=caption,
    )  # fmt: skip
    grid = Composer().paint(view, *os.get_terminal_size(1))
    return written(grid, Pen(palette.limited(colors)), np.ones(grid.code.shape, bool))
