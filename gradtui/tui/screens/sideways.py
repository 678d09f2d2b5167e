"""The views of the key `v`: each leads to the next one that this run has, the last one back."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from gradtui.tui.actions import ACTIONS
from gradtui.tui.screens import windows
from gradtui.tui.screens.page import Page


class Sideways(Page):
    """A page that the key `v` opened, and leaves. Its finding line offers prescriptions."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            action.keys,
            "onwards" if action.id == "time" else f"perform({action.id!r})",
            show=False,
            id=action.id,
        )
        for action in ACTIONS
        if action.id == "time" or action.label == "prescription"
    ]

    def action_onwards(self) -> None:
        """To the next view, or back."""
        windows.onwards(self.lab)
