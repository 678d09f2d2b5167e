"""A small window that lets a person choose one of a few values."""

from __future__ import annotations

from collections.abc import Sequence

from gradtui.core.language import tr
from gradtui.tui.dashboard import Painter
from gradtui.tui.grid import Spans
from gradtui.tui.screens.lab import Lab
from gradtui.tui.screens.window import Content, Window, keys


class Menu(Window[str | None]):
    """Dismissed with the chosen value, or None."""

    WIDTH = 40

    def __init__(
        self, lab: Lab, below: Painter, title: str, values: Sequence[str], present: str,
        others: str = "",
    ) -> None:  # fmt: skip
        """`others` says how to get a value that is not listed."""
        super().__init__(lab, below)
        self.question, self.values, self.present = title, tuple(values), present
        self.others = others
        self.at = self.values.index(present) if present in self.values else 0

    def content(self, width: int, height: int) -> Content:
        rows: list[Spans] = []
        for number, value in enumerate(self.values, 1):
            chosen = number == self.at + 1
            rows.append([
                ("▸ " if chosen else "  ", "key", True), (f"{number}  ", "key", False),
                (value, "ink" if chosen else "muted", chosen),
                ("  now" if value == self.present else "", "faint", False),
            ])  # fmt: skip
        others: list[Spans] = [[(self.others, "faint", False)]] if self.others else []
        foot: list[Spans] = [[], *others, keys(("enter", tr("take")), ("esc", tr("close")))]
        return Content([[(tr(self.question), "ink", True)], []], rows, foot, self.at)

    def key(self, key: str, character: str | None) -> None:
        match key:
            case "up" | "k":
                self.wheel(-1)
            case "down" | "j":
                self.wheel(1)
            case "enter" | "space":
                self.take(self.at)
            case "escape" | "q":
                self.dismiss(None)
            case _ if key.isdigit() and 0 < int(key) <= len(self.values):
                self.take(int(key) - 1)

    def wheel(self, rows: int) -> None:
        self.at = (self.at + rows) % len(self.values)

    def take(self, line: int) -> None:
        self.dismiss(self.values[line])
