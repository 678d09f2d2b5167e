"""The gradient through time, above the lab."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from gradtui.tui.actions import ACTIONS
from gradtui.tui.screens.lab import Lab
from gradtui.tui.screens.page import Page
from gradtui.tui.through_time.page import ThroughTime


class TimeScreen(Page):
    """The key that opens it closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(action.keys, "dismiss", show=False, id=action.id)
        for action in ACTIONS
        if action.id == "time"
    ]

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab, ThroughTime())
