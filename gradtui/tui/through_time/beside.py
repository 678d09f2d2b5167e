"""Profiles through time beside the lanes: this run before a person's hand, and other cells.

Each is drawn as shares of its own last time step, so that cells with louder logits compare with
quiet ones. The others are untrained; what a bar says of them is what the run's rows gave.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gradtui.core import scale
from gradtui.core.frozen import frozen
from gradtui.core.in_time import REACHES, reach
from gradtui.core.records import Floats
from gradtui.core.state import RunState
from gradtui.tui.draw.lanes import ROLES, ZERO
from gradtui.tui.grid import Area, Grid, fit
from gradtui.tui.inks import ink
from gradtui.tui.theme import ramp_role

LEAST, WIDE, NARROW = 21, 13, 11
"""Cells of the lanes that no profile may take; of a profile, where there is room, and where not."""
ROOMY = 120
"""Columns of a screen that has room."""
DROPPED = ("gru", "rnn tanh", "gru forget 3", "lstm", "rnn orthogonal", "lstm forget 3")
"""What goes first where not all have room."""
LOW, HIGH = -12, 2
"""Decades from the last time step at the ends of a bar."""


@frozen
class Beside:
    """One profile."""

    name: str
    origin: str
    """What it was read from."""
    signal: Floats
    """[T] as a `Sample` has it."""


def profiles(state: RunState, steps: int, room: int) -> list[Beside]:
    """At most so many, of sequences of as many steps: what the run was, then the other cells."""
    found = []
    ghost = state.ghost
    if state.markers and ghost is not None and ghost.signal_time is not None:
        found.append(Beside("before", f"step {ghost.step}", ghost.signal_time))
    cells = () if state.cells is None else state.cells.cells
    found += [Beside(cell.name, "untrained", cell.signal_time) for cell in cells]
    found = [each for each in found if len(each.signal) == steps]
    for name in DROPPED:
        if len(found) > room:
            found = [each for each in found if each.name != name]
    return found[: max(room, 0)]


def width(total: int) -> int:
    """Cells of one profile on a screen of so many columns."""
    return WIDE if total >= ROOMY else NARROW


def paint(grid: Grid, area: Area, each: Beside, starts: list[int], high: int) -> None:
    """Titles in the three rows over `area`, bars in it, REACH in the row below.

    `starts` are the time steps where lanes begin, the lowest lane first; each is `high` rows high.
    """
    across = area.width - 1
    word, _, rest = each.name.partition(" ")
    grid.text(area.x, area.y - 3, fit(word, across), "ink", bold=True)
    grid.text(area.x, area.y - 2, fit(rest, across), "ink")
    grid.text(area.x, area.y - 1, fit(each.origin, across), "faint")
    edge = _cells(np.log10(REACHES), across)
    below = decades(each.signal, starts)
    for i, lost in enumerate(below):
        y = area.y + (len(starts) - 1 - i) * high
        for row in range(y, y + high):
            grid.text(area.x + edge, row, "┊", "rule")
            _bar(grid.at(Area(area.x, row, across, 1)), float(lost))
    far = reach(each.signal)
    role = "healthy" if far == len(each.signal) else "vanishing"
    short = f"{far} of {len(each.signal)}"
    foot = area.y + len(starts) * high
    grid.text(area.x, foot, fit(short, across), role, bold=True)


def decades(signal: Floats, starts: list[int]) -> NDArray[np.float64]:
    """[lanes] log10(signal / that of the last step), its mean over each lane's steps."""
    logs = scale.log10(signal).astype(np.float64)
    with np.errstate(invalid="ignore"):
        lost = logs - logs[-1]
    return np.asarray(np.add.reduceat(lost, starts) / np.diff([*starts, len(lost)]))


def _cells(lost: float, across: int) -> int:
    """Where so many decades lie in a bar."""
    share = (min(max(lost, LOW), HIGH) - LOW) / (HIGH - LOW)
    return min(round(share * across), across - 1)


def _bar(row: Grid, lost: float) -> None:
    if np.isnan(lost):
        row.text(0, 0, "×", "nan")
    elif lost == -np.inf:
        row.text(0, 0, "_", ROLES[ZERO])
    else:
        cells = max(_cells(lost, row.width), 1)
        row.code[0, :cells] = ord("▆")
        row.style[0, :cells] = ink(ramp_role(round(min(max(lost, -99), 99))))
