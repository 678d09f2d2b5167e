"""The keys that ask something of the run, or of the recording that plays it."""

from __future__ import annotations

from gradtui.core.commands import Command, Leap, Move, Pace, Seek
from gradtui.core.errors import UsageError
from gradtui.tui.bridge import Bridge


class Steers:
    """What these actions of the table do, by their names."""

    bridge: Bridge

    def _send(self, command: Command) -> None:
        """Send it, and look for the answer soon."""
        raise NotImplementedError

    def do_pause(self) -> None:
        self._send(self.bridge.steering.toggle())

    def do_step(self) -> None:
        self._send(self.bridge.steering.step())

    def do_travel(self, way: int) -> None:
        self._send(self.bridge.steering.travel(way))

    def do_move_by(self, steps: int) -> None:
        self._send(self.bridge.steering.play(Move(steps)))

    def do_pace(self, way: int) -> None:
        self._send(self.bridge.steering.play(Pace(2.0**way)))

    def do_leap_marker(self, way: int) -> None:
        self._send(self.bridge.steering.play(Leap("intervention", way)))

    def do_leap_finding(self, way: int) -> None:
        self._send(self.bridge.steering.play(Leap("finding", way)))

    def seek(self, step: int) -> None:
        """Show a recording as it stood at a step."""
        self._send(self.bridge.steering.play(Seek(step)))

    def do_prescription(self, number: int) -> None:
        listed = self.bridge.view.prescriptions
        if number > len(listed):
            raise UsageError(
                f"there is no prescription {number}; the doctor lists {len(listed) or 'none'}."
            )
        self._send(self.bridge.steering.set(*listed[number - 1]))
