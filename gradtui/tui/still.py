"""The main screen as plain text: for scripts, for a CI log, for a screen reader."""

from __future__ import annotations

import os
import shutil

from gradtui.core.state import RunState
from gradtui.tui import terminal
from gradtui.tui.composer import Composer
from gradtui.tui.grid import TAIL
from gradtui.tui.view import View

SIZE = (160, 45)
"""Columns and rows where there is no terminal."""


def still(state: RunState, size: tuple[int, int] | None = None) -> str:
    """What the main screen shows of a run, in lines without trailing blanks."""
    width, height = size or shutil.get_terminal_size(SIZE)
    view = View(state, colors="none", unicode=terminal.unicode(os.environ))
    grid = Composer().paint(view, width, height)
    rows = (row[row != TAIL].tobytes().decode("utf-32-le").rstrip() for row in grid.code)
    return "\n".join(rows).rstrip()
