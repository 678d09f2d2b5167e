"""A small window that lets a person choose one of a few values."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from gradtui.tui.theme import Palette
from gradtui.tui.view import View


class Menu(ModalScreen[str | None], inherit_bindings=False):
    """Dismissed with the chosen value, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("enter,space", "take", show=False),
        Binding("escape,q", "dismiss(None)", show=False),
        *(Binding(str(n), f"take({n})", show=False) for n in range(1, 10)),
    ]
    DEFAULT_CSS = """
    Menu { align: center middle; background: $background 60%; }
    Menu > VerticalScroll {
        width: 44; max-width: 100%; height: auto; max-height: 100%; background: $surface;
        padding: 1 2; scrollbar-size-vertical: 0;
    }
    Menu Static { width: auto; height: auto; }
    """

    def __init__(
        self, title: str, values: Sequence[str], present: str, palette: Palette, view: View
    ) -> None:
        super().__init__()
        self.question, self.values, self.present = title, tuple(values), present
        self.palette, self.pointer = palette, "▸" if view.unicode else ">"
        self.at = self.values.index(present) if present in self.values else 0
        self._list = Static(self._text())

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield self._list

    def _text(self) -> Text:
        style = partial(self.palette.style, back="sel")
        text = Text(f"{self.question}\n", style("ink", bold=True), no_wrap=True)
        for number, value in enumerate(self.values, 1):
            chosen = number == self.at + 1
            text.append(f"\n{self.pointer if chosen else ' '} ", style("key"))
            text.append(f"{number}  ", style("key"))
            text.append(value, style("ink" if chosen else "muted"))
            if value == self.present:
                text.append("  now", style("faint"))
        text.append("\n\nenter", style("key"))
        text.append(" take   ", style("muted"))
        text.append("esc", style("key"))
        text.append(" close", style("muted"))
        return text

    def action_move(self, rows: int) -> None:
        """Move the pointer, around."""
        self.at = (self.at + rows) % len(self.values)
        self._list.update(self._text())

    def action_take(self, number: int | None = None) -> None:
        """Take the value under the pointer, or the numbered one."""
        at = self.at if number is None else number - 1
        if at < len(self.values):
            self.dismiss(self.values[at])
