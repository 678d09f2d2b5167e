"""What the command palette offers: every action, every value of a knob, every theme."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from gradtui.tui import theme
from gradtui.tui.actions import key_names
from gradtui.tui.screens.lab import Lab
from gradtui.tui.screens.page import Page
from gradtui.tui.steering import CHOICES

Offer = tuple[str, str, Callable[[], None]]
"""Name, help, deed."""


class Commands(Provider):
    """The action table, searchable."""

    def _lab(self) -> Lab | None:
        screen = self.screen.lab if isinstance(self.screen, Page) else self.screen
        return screen if isinstance(screen, Lab) else None

    def _actions(self) -> Iterator[Offer]:
        if lab := self._lab():
            for action in lab.view.table:
                if action.id != "palette":
                    keys = " ".join(key_names(action, arrows=lab.view.unicode))
                    yield action.sentence, keys, partial(lab.action_perform, action.id)

    def _values(self) -> Iterator[Offer]:
        if lab := self._lab():
            for knob, values in CHOICES.items():
                for value in values():
                    yield f"{knob} {value}", f"set {knob}", partial(lab.choose, knob, value)
            for name in theme.names():
                deed = partial(lab.guarded, partial(lab.wear, name))
                yield f"theme {name}", "wear this theme", deed

    async def discover(self) -> Hits:
        """All actions, while nothing is typed."""
        for name, text, deed in self._actions():
            yield DiscoveryHit(name, deed, help=text)

    async def search(self, query: str) -> Hits:
        """Actions and values that match."""
        matcher = self.matcher(query)
        for name, text, deed in (*self._actions(), *self._values()):
            if (score := matcher.match(name)) > 0:
                yield Hit(score, matcher.highlight(name), deed, help=text)
