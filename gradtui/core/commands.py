"""What a person asks of a run. A source applies each at the next step boundary."""

from __future__ import annotations

from typing import Literal

from gradtui.core.frozen import frozen
from gradtui.core.records import Value


@frozen
class Set:
    """Give a knob a value; answered by `Applied`, or by a `Notice` that says why not."""

    knob: str
    value: Value


@frozen
class Pause:
    """Stop training truly; answered by `State`."""


@frozen
class Resume:
    """Go on, also beyond the run's length."""


@frozen
class Step:
    """Make exactly one step, then stay paused."""


@frozen
class Undo:
    """Back to the state before the last intervention; answered by `Branch`, or by a `Notice`."""


@frozen
class Redo:
    """Forward to where the last undo left; answered by `Branch`, or by a `Notice`."""


@frozen
class Choice:
    """What a lesson looks at. Every number is taken modulo what there is, so that any will do."""

    row: int
    """Of the batch; of the training set where the batch is all of it."""
    layer: int
    weight: int
    """Counts through the layer's weights as torch lays them out, [out, in]."""


@frozen
class Teach:
    """Show one row and one weight at work, by `Specimen`s, until told None.

    A few of them a second while the run trains; while it does not, the step that would come
    next, at once and after every change.
    """

    choice: Choice | None


@frozen
class Compare:
    """Show other recurrent cells beside the run's own; answered by `Cells`, if it has one."""


@frozen
class Stop:
    """End the run."""


@frozen
class Seek:
    """Of a recording: show it as it stood when the step with this index had been made."""

    step: int


@frozen
class Move:
    """Of a recording: so many steps on, or back if negative."""

    steps: int


@frozen
class Leap:
    """Of a recording: to the next moment (the one before if `way` < 0) at which this happened."""

    what: Literal["intervention", "finding"]
    way: int


@frozen
class Pace:
    """Of a recording: play faster by this factor."""

    factor: float


Command = (
    Set | Pause | Resume | Step | Undo | Redo | Teach | Compare | Stop | Seek | Move | Leap | Pace
)


def named(command: Command) -> str:
    """What a `Notice` calls it that refuses it: a knob, `undo` or `redo`; the others no name."""
    match command:
        case Set(knob=knob):
            return knob
        case Undo():
            return "undo"
        case Redo():
            return "redo"
    return ""
