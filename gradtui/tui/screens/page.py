"""A whole screen above the lab's: the run goes on, and the lab's keys steer it there as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from gradtui.tui.actions import ACTIONS, Action
from gradtui.tui.dashboard import Covered, Dashboard, Painter
from gradtui.tui.theme import Palette

if TYPE_CHECKING:
    from gradtui.tui.screens.lab import Lab

EVERYWHERE = ("theme", "help", "guide", "palette", "screenshot")
"""What works on every page beside the steering keys."""


OWN = ("quit", "knob")
"""What belongs to the main screen: a page has no line to type into, and `q` closes it."""


def steers(action: Action) -> bool:
    """Whether a page takes the action over from the lab; `q` closes a page."""
    return action.id in EVERYWHERE or (
        action.group in ("the run", "knobs") and action.id not in OWN
    )


class Page(Covered[None]):
    """Painted as the lab is, and repainted by the lab's bridge; `esc` leads back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", show=False),
        *(
            Binding(action.keys, f"perform({action.id!r})", show=False, id=action.id)
            for action in ACTIONS
            if steers(action)
        ),
    ]

    def __init__(self, lab: Lab, painter: Painter) -> None:
        super().__init__()
        self.lab, self.painter = lab, painter
        self._dashboard = Dashboard(lab.view, lab.palette, painter)

    def compose(self) -> ComposeResult:
        yield self._dashboard

    def on_screen_resume(self) -> None:
        self.repaint()

    def action_perform(self, name: str) -> None:
        """What a key asks of the run."""
        self.lab.action_perform(name)

    def repaint(self, numbers: bool = True) -> None:
        """Paint what changed."""
        self._dashboard.repaint(numbers)

    def set_palette(self, palette: Palette) -> None:
        """Take other colours."""
        self._dashboard.set_palette(palette)
