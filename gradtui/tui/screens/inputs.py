"""What the main screen hears beside bound keys: the mouse, and letters for an open prompt."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.timer import Timer

from gradtui.core.errors import UsageError
from gradtui.tui import cursor, looking, mouse
from gradtui.tui.composer import Composer
from gradtui.tui.dashboard import Covered, Dashboard, Painter
from gradtui.tui.hits import hit
from gradtui.tui.prompt import Prompt
from gradtui.tui.view import View

HOVER_PAINT = 0.05
HOVER_REST = 5.0
"""Seconds after which a mouse that lies still is forgotten: it may lie there by chance."""


class Inputs(Covered[None]):
    """A screen of a composer; deeds go through `guarded`, which says what goes wrong."""

    def __init__(self) -> None:
        super().__init__()
        self._composer = Composer()
        self._soon: Timer | None = None
        self._rest: Timer | None = None

    @property
    def view(self) -> View:
        raise NotImplementedError

    @property
    def painter(self) -> Painter:
        """What a window shows around itself."""
        return self._composer

    def guarded(self, deed: Callable[[], None]) -> None:
        """Do it, say what goes wrong, and paint."""
        raise NotImplementedError

    def _repaint(self, numbers: bool) -> None:
        """Paint what changed."""
        raise NotImplementedError

    def action_perform(self, name: str) -> None:
        """Do an action of the table."""
        raise NotImplementedError

    def turn(self, knob: str, up: bool) -> None:
        """Give a knob its next or previous value."""
        raise NotImplementedError

    def at_home(self, what: str) -> None:
        """`UsageError` while something covers this screen: a line to type would not be seen."""
        if self.app.screen is not self:
            raise UsageError(f"{what}: on the main screen; esc leads there.")

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

    def on_dashboard_hovered(self, message: Dashboard.Hovered) -> None:
        """What lies under the mouse is read, until it goes away or rests for long."""
        picture = self._composer.picture
        if picture is not None:
            self._hover(cursor.under(picture, hit(picture, message.x, message.y)))

    def _hover(self, found: tuple[int, int] | None) -> None:
        """Moves are many: what they change is painted a few times a second."""
        if found == self.view.hover:
            return
        self.view.hover = found
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.app.set_timer(HOVER_REST, lambda: self._hover(None)) if found else None
        self._soon = self._soon or self.app.set_timer(HOVER_PAINT, self._hovered)

    def _hovered(self) -> None:
        self._soon = None
        self._repaint(True)

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
