"""A line of text that a person edits: letters, and the keys that every shell knows."""

from __future__ import annotations

from dataclasses import dataclass

from gradtui.tui.grid import Spans, cells

LONGEST = 200
BAR = "▏"
"""Where the next letter goes; one glyph, so that it is seen without colour too."""


@dataclass
class Line:
    """`at` counts characters from the left: the next letter goes before the one at it."""

    text: str = ""
    at: int = 0

    def key(self, key: str, character: str | None) -> bool:
        """Take a key in; false if it is none that edits."""
        before, after = self.text[: self.at], self.text[self.at :]
        match key:
            case "left":
                self.at = max(self.at - 1, 0)
            case "right":
                self.at = min(self.at + 1, len(self.text))
            case "home" | "ctrl+a":
                self.at = 0
            case "end" | "ctrl+e":
                self.at = len(self.text)
            case "backspace" | "ctrl+h":
                self.put(before[:-1], after)
            case "delete" | "ctrl+d":
                self.put(before, after[1:])
            case "ctrl+w":
                self.put(before.rstrip()[: _word(before.rstrip())], after)
            case "ctrl+u":
                self.put("", after)
            case "ctrl+k":
                self.put(before, "")
            case _ if character is not None and character.isprintable():
                self.insert(character)
            case _:
                return False
        return True

    def put(self, before: str, after: str = "") -> None:
        """Hold another text, the cursor between its two parts."""
        self.text, self.at = before + after, len(before)

    def insert(self, text: str) -> None:
        """What can be shown of a text, at the cursor."""
        kept = "".join(char for char in text if char.isprintable())
        kept = kept[: max(LONGEST - len(self.text), 0)]
        self.put(self.text[: self.at] + kept, self.text[self.at :])

    def spans(self, room: int, ghost: str = "") -> Spans:
        """The line with its cursor in so many cells; `ghost` is what completion would add."""
        before, after = self.text[: self.at], self.text[self.at :]
        while before and cells(before) > max(room - 1 - min(cells(after), room // 4), 0):
            before = before[1:]
        while after and cells(before) + 1 + cells(after) > room:
            after = after[:-1]
        while ghost and cells(before) + 1 + cells(after) + cells(ghost) > room:
            ghost = ghost[:-1]
        return [
            (before, "ink", True), (BAR, "key", True), (after, "ink", True),
            (ghost, "faint", False),
        ]  # fmt: skip


def _word(text: str) -> int:
    """Where the last word of a text begins; `=` and `:` part words as spaces do."""
    return max((text[:-1].rfind(char) for char in " =:"), default=-1) + 1
