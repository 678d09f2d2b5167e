"""What a person asks of a run. A source applies each at the next step boundary."""

from __future__ import annotations

from dataclasses import dataclass

from gradtui.core.records import Value


@dataclass(frozen=True)
class Set:
    """Give a knob a value; answered by `Applied`, or by a `Notice` that says why not."""

    knob: str
    value: Value


@dataclass(frozen=True)
class Pause:
    """Stop training truly; answered by `State`."""


@dataclass(frozen=True)
class Resume:
    """Go on, also beyond the run's length."""


@dataclass(frozen=True)
class Step:
    """Make exactly one step, then stay paused."""


@dataclass(frozen=True)
class Stop:
    """End the run."""


Command = Set | Pause | Resume | Step | Stop
