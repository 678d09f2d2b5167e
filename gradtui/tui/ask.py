"""The prompt for any knob: `KNOB=VALUE`, with completion and what was typed before."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradtui.catalog.knobs import KNOBS
from gradtui.core.language import tr
from gradtui.core.state import RunState
from gradtui.tui.completion import offers
from gradtui.tui.prompt import Offer, Prompt


class Ask(Prompt):
    """Tab takes an offer, the next tab the one after it; up and down bring back earlier lines."""

    def __init__(self, state: RunState, typed: list[str], give: Callable[[str], None]) -> None:
        """`typed` holds the lines of this session, the oldest first, and grows.

        `give(line)` does what a line says; its `UsageError` stays in the prompt.
        """
        super().__init__(":", self._begin, self._end, self._hint)
        self._state, self._typed, self._give = state, typed, give
        self._back = 0
        self._draft = ""
        self._begin("")

    def _begin(self, text: str) -> None:
        """The line was edited by hand: complete what it is now."""
        self._fault, self._taken = "", -1
        self._offers = offers(text, self._state.info, self._state.knobs)

    @property
    def offers(self) -> Sequence[Offer]:
        return self._offers

    @property
    def chosen(self) -> Offer | None:
        return self._offers[self._taken] if self._taken >= 0 else None

    @property
    def ghost(self) -> str:
        first = self._offers[0].text if self._offers else ""
        typed = self._taken < 0 and self.text and self.line.at == len(self.text)
        return first[len(self.text) :] if typed and first.startswith(self.text) else ""

    def key(self, key: str, character: str | None) -> bool:
        match key:
            case "tab" | "shift+tab":
                self._take(1 if key == "tab" else -1)
            case "right" if self.line.at == len(self.text):
                self._take(1)
            case "up" | "down":
                self._recall(1 if key == "up" else -1)
            case _:
                return super().key(key, character)
        return True

    def _take(self, way: int) -> None:
        """The next offer. A knob's name is final: what follows is its value."""
        if not self._offers:
            return
        first = 0 if way > 0 else len(self._offers) - 1
        at = first if self._taken < 0 else (self._taken + way) % len(self._offers)
        chosen = self._offers[at].text
        self.line.put(chosen)
        if chosen.endswith("="):
            self._begin(chosen)
        else:
            self._fault, self._taken = "", at

    def _recall(self, back: int) -> None:
        """An earlier line, or what was being typed before."""
        if not self._back:
            self._draft = self.text
        self._back = min(max(self._back + back, 0), len(self._typed))
        self.line.put(self._typed[-self._back] if self._back else self._draft)
        self._begin(self.text)

    def _end(self, line: str | None) -> None:
        """Give the line, and remember one that was right."""
        text = (line or "").strip()
        if not text:
            return
        self._give(text)
        if text in self._typed:
            self._typed.remove(text)
        self._typed.append(text)

    def _hint(self, text: str) -> str:
        name, equals, _ = text.partition("=")
        knob = KNOBS.get(name.strip())
        if not equals or knob is None:
            return "KNOB=VALUE   tab complete   ↑↓ earlier   enter set   esc close"
        # a knob that takes names has all of them in the list above
        return "tab next   enter set   esc close" if "`" in knob.allowed else tr(knob.allowed)
