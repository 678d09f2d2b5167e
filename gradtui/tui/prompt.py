"""A line that a person types into, in the place of the finding line; the run goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from gradtui.core.errors import UsageError
from gradtui.tui.line import Line


class Offer(NamedTuple):
    """One way to complete a prompt."""

    text: str
    """The whole line, completed."""
    word: str
    """What the list shows of it."""
    note: str
    """What stands behind the word."""


class Prompt:
    """What was typed so far, and who is told of it."""

    def __init__(
        self,
        sign: str,
        changed: Callable[[str], None],
        done: Callable[[str | None], None],
        hint: Callable[[str], str],
        text: str = "",
    ) -> None:
        """`sign` stands before the line, `hint(text)` behind it.

        `changed` is told the text after every key, `done` at enter, and None at escape. A
        `UsageError` of `done` leaves the line open, with what is wrong behind it.
        """
        self.sign, self.hint = sign, hint
        self._changed, self._done = changed, done
        self.line = Line(text, len(text))
        self._fault = ""

    @property
    def text(self) -> str:
        return self.line.text

    @property
    def offers(self) -> Sequence[Offer]:
        """What the line could become."""
        return ()

    @property
    def chosen(self) -> Offer | None:
        """The offer that was taken last."""
        return None

    @property
    def fault(self) -> str:
        """What is wrong with the line, in a sentence."""
        return self._fault

    @property
    def ghost(self) -> str:
        """What completion would add to the line."""
        return ""

    def key(self, key: str, character: str | None) -> bool:
        """Take a key in; false once it is over."""
        if key == "enter":
            return not self.enter()
        if key in ("escape", "ctrl+c") or (key == "backspace" and not self.text):
            self._done(None)
            return False
        self._edit(lambda: self.line.key(key, character))
        return True

    def enter(self) -> bool:
        """The person is done; false if the line stays open."""
        try:
            self._done(self.text)
        except UsageError as error:
            self._fault = str(error)
            return False
        return True

    def paste(self, text: str) -> None:
        """Insert what can be shown of a text."""
        self._edit(lambda: self.line.insert(text))

    def _edit(self, deed: Callable[[], object]) -> None:
        before = self.text
        deed()
        if self.text != before:
            self._fault = ""
            self._changed(self.text)
