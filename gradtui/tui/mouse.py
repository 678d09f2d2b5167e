"""What the mouse does: every click and every turn of the wheel is an action of the table."""

from __future__ import annotations

from typing import Literal, Protocol

from textual.drivers.linux_driver import LinuxDriver

from gradtui.tui.awake import Awake
from gradtui.tui.hits import Hit

Deed = Literal["click", "back", "double", "up", "down"]
"""Left button; right button, or left with shift; a second click; the wheel."""


class Hand(Protocol):
    """What the mouse moves: the main screen."""

    def action_perform(self, name: str) -> None:
        """Do an action of the table."""

    def turn(self, knob: str, up: bool) -> None:
        """Give a knob its next or previous value."""

    def point(self, lane: int) -> None:
        """Select the layer of a lane."""


def obey(hand: Hand, hit: Hit | None, deed: Deed) -> None:
    """Carry out what a deed on a part of the screen means; most mean nothing."""
    if hit is None:
        return
    if hit.lane is not None:
        _lane(hand, hit.lane, deed)
    elif hit.part == "knob" and deed != "double":
        hand.turn(hit.name, deed in ("click", "up"))
    elif hit.part == "key" and deed == "click":
        hand.action_perform(hit.name)
    elif hit.part == "prescription" and deed == "click":
        hand.action_perform(f"prescription.{hit.name}")


def _lane(hand: Hand, lane: int, deed: Deed) -> None:
    match deed:
        case "click":
            hand.point(lane)
        case "up" | "down":
            hand.action_perform(f"layer.{deed}")
        case "double":
            hand.action_perform("lane.open")
        case "back":
            hand.action_perform("lane.close")


class Clicks(Awake):
    """Reports buttons and the wheel, not every move: over a slow link moves are a flood."""

    def _enable_mouse_support(self) -> None:
        super()._enable_mouse_support()
        if self._mouse:
            self.write("\x1b[?1003l\x1b[?1000h")
            self.flush()

    def _enable_mouse_pixels(self) -> None:
        """Cells are exact enough, and Textual would leave the terminal counting pixels."""


class Moves(Clicks):
    """Reports every move too, for what charts show under the pointer."""

    def _enable_mouse_support(self) -> None:
        LinuxDriver._enable_mouse_support(self)
