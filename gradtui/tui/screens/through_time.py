"""The gradient through time, above the lab."""

from __future__ import annotations

from gradtui.core.commands import Compare
from gradtui.tui.screens.lab import Lab
from gradtui.tui.screens.sideways import Sideways
from gradtui.tui.through_time.page import ThroughTime


class TimeScreen(Sideways):
    """One of the views of the key `v`."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab, ThroughTime())

    def on_mount(self) -> None:
        """Ask for other cells beside the run's own, once."""
        state = self.lab.view.state
        if state.cells is None and not state.info.recording:
            self.lab.bridge.send(Compare())
