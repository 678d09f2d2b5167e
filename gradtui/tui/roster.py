"""Which layers the lanes show: those that match, in an order, folded or scrolled to fit.

Positions count the shown layers from the lowest lane to the highest; in the order of depth that
is from the input to the output.
"""

from __future__ import annotations

import re
from fnmatch import translate
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from gradtui.core.frozen import frozen
from gradtui.doctor.verdicts import verdicts
from gradtui.tui import blocks
from gradtui.tui.blocks import Group
from gradtui.tui.view import View

BELOW = 3
"""Lanes that stay in sight below the selection of a list that scrolls."""


@frozen
class Roster:
    """The shown layers by position."""

    names: tuple[str, ...]
    layers: tuple[int, ...]
    """Their indexes, 0 at the input."""
    opened: Group | None = None
    """A lane that was opened: its layers get most of the rows."""
    in_sight: int | None = None
    """Every layer has a lane of its own, and the list scrolls to this position."""

    @cached_property
    def index(self) -> NDArray[np.int64]:
        """`layers` as an array."""
        return np.array(self.layers, np.int64)

    def position(self, layer: int) -> int:
        """Where a layer stands, or the shown one that is nearest in depth."""
        return int(np.argmin(np.abs(self.index - layer)))

    def label(self, group: Group) -> str:
        """The name of a lane: `fc10`; of several layers `10–9`, their numbers, or their block."""
        return blocks.label(self.names, group)

    def groups(self, lanes: int) -> tuple[Group, ...]:
        """The layers of at most so many lanes, the highest lane first."""
        count = len(self.layers)
        if self.in_sight is not None:
            low = max(0, min(self.in_sight - BELOW, count - lanes))
            return self._folded((low, min(low + lanes, count)), lanes)
        if self.opened is None or self.opened == (0, count):
            return self._folded((0, count), lanes)
        return self._around(self.opened, lanes)

    def _around(self, opened: Group, lanes: int) -> tuple[Group, ...]:
        """An opened lane as large as can be, and what is above and below it in the rows left."""
        above, below = (opened[1], len(self.layers)), (0, opened[0])
        sides = [side for side in (above, below) if side[1] > side[0]]
        inner = self._folded(opened, max(lanes - len(sides), 1))
        spare = max(lanes - len(inner), len(sides))
        hidden = sum(end - first for first, end in sides)
        over = round((spare - len(sides)) * (above[1] - above[0]) / hidden) + len(sides[:1])
        if len(sides) == 1:
            over = spare if sides[0] == above else 0
        return (*self._folded(above, over), *inner, *self._folded(below, spare - over))

    def _folded(self, group: Group, lanes: int) -> tuple[Group, ...]:
        return blocks.fold(self.names, group, lanes)


@lru_cache(maxsize=16)
def everything(names: tuple[str, ...]) -> Roster:
    """All layers in the order of depth."""
    return Roster(names, tuple(range(len(names))))


@lru_cache(maxsize=16)
def matching(names: tuple[str, ...], pattern: str) -> tuple[int, ...]:
    """The layers whose names hold the pattern, or fit it where it has `*`, `?` or `[`."""
    wanted = pattern.casefold()
    if any(char in wanted for char in "*?["):
        fits = re.compile(translate(wanted)).match  # fnmatch itself remembers 32,768 patterns
        return tuple(i for i, name in enumerate(names) if fits(name.casefold()))
    return tuple(i for i, name in enumerate(names) if wanted in name.casefold())


def roster(view: View) -> Roster:
    """What a view shows now. Where nothing matches, everything is shown."""
    names = view.state.info.layers
    layers = matching(names, view.pattern) if view.pattern else ()
    whole = everything(names)
    if not layers and view.order == "depth" and not view.opened:
        return whole
    layers = layers or whole.layers
    if view.order == "worst":
        grades = np.array([verdict.grade for verdict in verdicts(view.state)])[list(layers)]
        layers = tuple(np.array(layers)[np.argsort(grades, kind="stable")].tolist())
    shown = Roster(tuple(names[i] for i in layers), layers)
    if view.order == "worst":
        return Roster(shown.names, layers, in_sight=shown.position(view.selected))
    opened = view.opened[-1] if view.opened else None
    if opened is not None and opened[1] > len(layers):
        opened = None
    return Roster(shown.names, layers, opened)
