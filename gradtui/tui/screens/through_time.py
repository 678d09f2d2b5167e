"""The gradient through time, above the lab."""

from __future__ import annotations

from gradtui.tui.screens.lab import Lab
from gradtui.tui.screens.sideways import Sideways
from gradtui.tui.through_time.page import ThroughTime


class TimeScreen(Sideways):
    """One of the views of the key `v`."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab, ThroughTime())
