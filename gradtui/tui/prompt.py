"""A line that a person types into, in the place of the finding line; the run goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

LONGEST = 200


@dataclass
class Prompt:
    """What was typed so far, and who is told of it."""

    sign: str
    """What stands before it: `/`."""
    changed: Callable[[str], None]
    """Told the text after every key."""
    done: Callable[[str | None], None]
    """Told the text at enter, None at escape."""
    hint: Callable[[str], str]
    """What stands behind it."""
    text: str = ""

    def key(self, key: str, character: str | None) -> bool:
        """Take a key in; false once it is over."""
        if key in ("escape", "enter", "ctrl+c"):
            self.done(self.text if key == "enter" else None)
            return False
        if key == "backspace" and not self.text:
            self.done(None)
            return False
        if key == "backspace":
            self._set(self.text[:-1])
        elif key in ("ctrl+u", "ctrl+w"):
            self._set("")
        elif character is not None:
            self.paste(character)
        return True

    def paste(self, text: str) -> None:
        """Append what can be shown of a text."""
        self._set((self.text + "".join(char for char in text if char.isprintable()))[:LONGEST])

    def _set(self, text: str) -> None:
        if text != self.text:
            self.text = text
            self.changed(text)
