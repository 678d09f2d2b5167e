"""What a lesson is: tasks in an experiment, ticked off by what the run shows, never by a key."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from gradtui.core.frozen import frozen
from gradtui.core.records import Value

if TYPE_CHECKING:
    from gradtui.core.state import RunState


@frozen
class Expectation:
    """A measure (a name of `catalog.measures`) lies within [low, high]."""

    measure: str
    low: float = -math.inf
    high: float = math.inf


@frozen
class Task:
    """One thing to do and to see. It is done when all of `press` was applied and `expect` holds."""

    say: str
    """What to do and where to look, one sentence; `{key}` is the key of the action `key`."""
    expect: tuple[Expectation, ...]
    why: str
    formula: str = ""
    """In symbols; `{slope}` is what the measure of this name reads now."""
    press: tuple[tuple[str, Value], ...] = ()
    """The interventions (knob, value) that `say` asks for; none where it only asks to look."""
    key: str = ""
    """Id of the action whose key `say` names."""
    steps: int = 0
    """Within so many steps of training it is done, on every seed tried."""
    values: Callable[[RunState], Mapping[str, str]] | None = None
    """Numbers of the formula that are no measures."""


@frozen
class Lesson:
    """A walk through one experiment: its question, what to do, what to expect, why."""

    name: str
    experiment: str
    about: str
    """What one knows afterwards, one sentence."""
    tasks: tuple[Task, ...]
    source: str
    sets: tuple[str, ...] = ()
    """`KNOB=VALUE`: how its experiment starts otherwise than its recipe says."""
    further: str = ""
    """What to try when it is done."""
