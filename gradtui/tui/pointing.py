"""What the mouse does on the dashboard, as messages that name a cell."""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.widget import Widget

from gradtui.tui import caption
from gradtui.tui.mouse import Deed
from gradtui.tui.view import View


class Pointing(Widget):
    """A widget that says where the mouse is and what it does there."""

    view: View

    class Pointed(Message, namespace="dashboard"):
        """The mouse did something at a cell of the screen."""

        def __init__(self, x: int, y: int, deed: Deed) -> None:
            super().__init__()
            self.x, self.y, self.deed = x, y, deed

    class Hovered(Message, namespace="dashboard"):
        """The mouse moved over a cell of the screen, with no button held."""

        def __init__(self, x: int, y: int) -> None:
            super().__init__()
            self.x, self.y = x, y

    def _pointed(self, event: events.MouseEvent, deed: Deed) -> None:
        event.stop()
        at = event.screen_offset - self.region.offset
        y = caption.row_below(self.view, self.size.height, at.y)
        if y is not None:
            self.post_message(self.Pointed(at.x, y, deed))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._pointed(event, "back" if event.button > 1 or event.shift else "click")

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if not event.button:
            at = event.screen_offset - self.region.offset
            self.post_message(self.Hovered(at.x, at.y))

    def on_click(self, event: events.Click) -> None:
        if event.chain == 2 and event.button == 1:
            self._pointed(event, "double")

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._pointed(event, "up")

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._pointed(event, "down")
