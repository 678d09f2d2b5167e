"""One layer in detail, above the lab."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from gradtui.tui import looking
from gradtui.tui.actions import ACTIONS
from gradtui.tui.detail.page import DetailPage
from gradtui.tui.screens.lab import Lab
from gradtui.tui.screens.page import Page

OWN = {
    "layer.up": "select(1)",
    "layer.down": "select(-1)",
    "histograms": "histograms",
    "chart": "turn",
    "detail": "dismiss",
}
"""Actions of the table that mean something of their own here."""


class Detail(Page):
    """`j` `k` choose the next layer, `h` shows its histograms over time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            action.keys, OWN.get(action.id, f"perform({action.id!r})"), show=False, id=action.id
        )
        for action in ACTIONS
        if action.id in OWN or action.id == "window" or action.id.startswith("prescription.")
    ]

    def __init__(self, lab: Lab, *, over_time: bool = False) -> None:
        self.page = DetailPage(over_time=over_time)
        super().__init__(lab, self.page)

    def action_select(self, layers: int) -> None:
        """The layer above or below; the ends stop it."""
        looking.select(self.lab.view, None, layers)
        self.repaint()

    def action_histograms(self) -> None:
        """Now, or over time."""
        self.page.over_time = not self.page.over_time
        self.repaint()

    def action_turn(self) -> None:
        """The next panel, where they do not all fit."""
        self.page.turn()
        self.repaint()
