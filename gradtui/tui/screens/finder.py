"""A window with a list, and a line to search it with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from textual import events

from gradtui.core.language import mark, tr
from gradtui.tui.dashboard import Painter
from gradtui.tui.grid import Spans
from gradtui.tui.line import Line
from gradtui.tui.screens.lab import Lab
from gradtui.tui.screens.window import Content, Window, keys
from gradtui.tui.search import ranked

PAGE = 8
FEW = 4
"""Rows of the list that go before its details do."""
Entry = TypeVar("Entry")


class Finder(Window[Entry | None], Generic[Entry]):
    """Dismissed with the chosen entry, or None."""

    TITLE_WORD = ""
    EMPTY = mark("nothing matches")

    def __init__(self, lab: Lab, below: Painter, at: int = 0) -> None:
        """`at` is the entry that is chosen first."""
        super().__init__(lab, below)
        self.line = Line()
        self.at = at
        self.found: list[Entry] = []
        self._search()

    def entries(self, typed: str) -> Sequence[Entry]:
        """All there is to choose from."""
        raise NotImplementedError

    def texts(self, entry: Entry) -> Sequence[str]:
        """What typed words are looked for in, the name first."""
        raise NotImplementedError

    def listed(self, entry: Entry, width: int, *, chosen: bool) -> Spans:
        """The entry's line in the list, behind its pointer."""
        raise NotImplementedError

    def details(self, entry: Entry, width: int) -> list[Spans]:
        """What stands below the list about the chosen entry."""
        return []

    def foot(self) -> list[Spans]:
        """The last lines."""
        return [[], keys(("enter", tr("take")), ("esc", tr("close")))]

    def _search(self) -> None:
        entries = self.entries(self.line.text)
        order = ranked(self.line.text, [self.texts(entry) for entry in entries])
        self.found = [entries[i] for i in order]
        self.at = min(self.at, max(len(self.found) - 1, 0))

    @property
    def chosen(self) -> Entry | None:
        """The entry under the pointer."""
        return self.found[self.at] if self.found else None

    def content(self, width: int, height: int) -> Content:
        title = (f"{self.TITLE_WORD}  ", "ink", True)
        empty = not self.line.text and self.lab.view.colors != "none"
        line = self.line.spans(max(width - len(title[0]), 4), tr("type to search") if empty else "")
        head: list[Spans] = [[title, *line], []]
        rows: list[Spans] = [
            [("▸ " if i == self.at else "  ", "key", True),
             *self.listed(entry, width - 2, chosen=i == self.at)]
            for i, entry in enumerate(self.found)
        ]  # fmt: skip
        if not rows:
            rows = [[(f"  {tr(self.EMPTY)}", "faint", False)]]
        about = self.details(self.found[self.at], width) if self.found else []
        foot = self.foot()
        room = height - len(head) - min(len(rows), FEW) - len(foot)
        foot = [*about[: max(room, 0)], *foot]
        return Content(head, rows, foot, self.at if self.found else None)

    def key(self, key: str, character: str | None) -> None:
        match key:
            case "escape":
                self.dismiss(None)
            case "enter":
                self.take(self.at)
            case "up" | "ctrl+p" | "shift+tab":
                self.wheel(-1)
            case "down" | "ctrl+n" | "tab":
                self.wheel(1)
            case "pageup" | "pagedown":
                way = PAGE if key == "pagedown" else -PAGE
                self.at = min(max(self.at + way, 0), max(len(self.found) - 1, 0))
            case _:
                self._edit(key, character)

    def _edit(self, key: str, character: str | None) -> None:
        before = self.line.text
        if self.line.key(key, character) and self.line.text != before:
            self.at = 0
            self._search()

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted is searched for."""
        event.stop()
        self.line.insert(event.text)
        self.at = 0
        self._search()
        self._dashboard.repaint()

    def wheel(self, rows: int) -> None:
        self.at = (self.at + rows) % max(len(self.found), 1)

    def take(self, line: int) -> None:
        if line < len(self.found):
            self.dismiss(self.found[line])
