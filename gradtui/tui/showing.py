"""How a screen shows its run: what the command line may choose."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypedDict

from gradtui.core.lesson import Lesson
from gradtui.core.records import Record
from gradtui.tui.launch import Launch


class Behind(Protocol):
    """How a run goes on when its screen has closed."""

    def refusal(self, run: str) -> str:
        """Why the run with this id cannot be left; nothing if it can."""

    def go_on(self, run: str) -> None:
        """Train on elsewhere; the source is closed by now."""


class Showing(TypedDict, total=False):
    """All may be left out."""

    theme: str
    fps: int | None
    """Bounds the repaints."""
    notices: list[str]
    """What is said first."""
    mouse: bool
    """False leaves it to the terminal."""
    launch: Launch | None
    """Without it no other run can be started."""
    opening: str
    """What is said until the run begins."""
    examine: bool
    """False: the findings are those that the source tells."""
    modest: bool
    """True where the run is trained elsewhere: it has the first claim to the machine."""
    lesson: Lesson | None
    past: Iterable[Record]
    """What the run told before it goes on."""
    slow_link: bool | None
    """None: over SSH the line is measured."""
    behind: Behind | None
    """Without it a run ends with its screen."""
