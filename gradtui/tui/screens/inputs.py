"""What the main screen hears beside bound keys: the mouse, and letters for an open prompt."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.screen import Screen

from gradtui.tui import looking, mouse
from gradtui.tui.composer import Composer
from gradtui.tui.dashboard import Dashboard
from gradtui.tui.hits import hit
from gradtui.tui.prompt import Prompt
from gradtui.tui.view import View


class Inputs(Screen[None], inherit_bindings=False):
    """A screen of a composer; deeds go through `guarded`, which says what goes wrong."""

    def __init__(self) -> None:
        super().__init__()
        self._composer = Composer()

    @property
    def view(self) -> View:
        raise NotImplementedError

    def guarded(self, deed: Callable[[], None]) -> None:
        """Do it, say what goes wrong, and paint."""
        raise NotImplementedError

    def action_perform(self, name: str) -> None:
        """Do an action of the table."""
        raise NotImplementedError

    def turn(self, knob: str, up: bool) -> None:
        """Give a knob its next or previous value."""
        raise NotImplementedError

    def point(self, lane: int) -> None:
        """Select the layer of a lane, counted from the top."""
        picture = self._composer.picture
        if picture is not None:
            self.guarded(lambda: looking.point(self.view, picture, lane))

    def on_dashboard_pointed(self, message: Dashboard.Pointed) -> None:
        """A button or the wheel of the mouse."""
        picture = self._composer.picture
        if picture is not None:
            mouse.obey(self, hit(picture, message.x, message.y), message.deed)

    def on_key(self, event: events.Key) -> None:
        """An open prompt takes the keys."""
        if (prompt := self.view.prompt) is not None:
            event.stop()
            self.guarded(lambda: self._typed(prompt, event))

    def _typed(self, prompt: Prompt, event: events.Key) -> None:
        if not prompt.key(event.key, event.character):
            self.view.prompt = None

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted goes into an open prompt, and nowhere else."""
        if (prompt := self.view.prompt) is not None:
            self.guarded(lambda: prompt.paste(event.text))
