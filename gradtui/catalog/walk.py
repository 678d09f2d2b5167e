"""A lesson on a run: which task is on, what is done. It reads the run state and nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Literal

from gradtui.catalog.measures import MEASURES, Measure
from gradtui.core.language import tr
from gradtui.core.lesson import Expectation, Lesson, Task
from gradtui.core.records import Applied
from gradtui.core.state import RunState

Mark = Literal["done", "passed", "on", "open"]
"""`passed`: a later task was begun before this one was done."""


class Walk:
    """Call `follow` after every `RunState.reduce`; it latches, for what held need not hold on."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self.marks: list[Mark] = ["open"] * len(lesson.tasks)
        self.at = 0
        """Number of the task that is on; that of tasks when all are behind."""
        self.seen: dict[int, tuple[str, ...]] = {}
        """What the measures of a done task read when it was ticked off."""
        self._since = 0
        """How many interventions there were when it began."""
        if self.marks:
            self.marks[0] = "on"

    @property
    def task(self) -> Task | None:
        """The one that is on; None at the end."""
        return self.lesson.tasks[self.at] if self.at < len(self.lesson.tasks) else None

    @property
    def over(self) -> bool:
        return self.task is None

    def follow(self, state: RunState) -> bool:
        """Look at the run; true if a task was ticked off."""
        before = self.at
        self._since = min(self._since, len(state.markers))  # an undo takes markers back
        while (task := self.task) is not None:
            if self.pressed(state) and all(holds(state, one) for one in task.expect):
                self._go("done", state)
            elif self._overtaken(state):
                self._go("passed", state)
            else:
                break
        return self.at != before

    def pressed(self, state: RunState) -> bool:
        """Whether all that the task asks for has been applied, as the run's own records say."""
        task = self.task
        return task is not None and _applied(task, state.markers[self._since :])

    def _overtaken(self, state: RunState) -> bool:
        """Whether what the next task asks for has been applied while this one was on."""
        ahead = (task for task in self.lesson.tasks[self.at + 1 :] if task.press)
        task = next(ahead, None)
        return task is not None and _applied(task, state.markers[self._since :])

    def _go(self, mark: Mark, state: RunState) -> None:
        self.marks[self.at] = mark
        if mark == "done":
            expected = self.lesson.tasks[self.at].expect
            self.seen[self.at] = tuple(reading(state, one) for one in expected)
        self.at += 1
        if mark == "done":
            self._since = len(state.markers)
        if self.at < len(self.marks):
            self.marks[self.at] = "on"


def _applied(task: Task, markers: list[Applied]) -> bool:
    """The last word on each of its knobs is the one that it asks for."""
    last = {marker.knob: marker.value for marker in markers}
    return all(knob in last and last[knob] == value for knob, value in task.press)


def holds(state: RunState, expected: Expectation) -> bool:
    """Whether a measure lies where it is expected; nothing is expected of nan."""
    value = MEASURES[expected.measure].read(state)
    return expected.low <= value <= expected.high


def bounds(expected: Expectation) -> str:
    """`0.55 … 0.70`, `≥ 90.0 %`, `yes`: where the measure is to lie."""
    measure, low, high = MEASURES[expected.measure], expected.low, expected.high
    if measure.show(1.0) == "yes":
        return measure.show(low if math.isfinite(low) else high)
    if not math.isfinite(low):
        return f"≤ {measure.show(high)}"
    if not math.isfinite(high):
        return f"≥ {measure.show(low)}"
    return f"{measure.show(low)} … {measure.show(high)}"


def reading(state: RunState, expected: Expectation) -> str:
    """What the measure reads now; `–` where there is nothing to read."""
    value = MEASURES[expected.measure].read(state)
    return "–" if math.isnan(value) else MEASURES[expected.measure].show(value)


class _Numbers(Mapping[str, str]):
    """What a formula may name, read when it is asked for."""

    def __init__(self, state: RunState, own: Mapping[str, str]) -> None:
        self._state, self._own = state, own

    def __getitem__(self, name: str) -> str:
        if name in self._own:
            return self._own[name]
        measure: Measure = MEASURES[name]
        value = measure.read(self._state)
        return "–" if math.isnan(value) else measure.show(value)

    def __iter__(self) -> Iterator[str]:
        return iter((*self._own, *MEASURES))

    def __len__(self) -> int:
        return len(self._own) + len(MEASURES)


def formula(task: Task, state: RunState) -> str:
    """The task's formula with this run's numbers in it."""
    own = {
        "hidden": str(len(state.info.layers) - 1),
        "classes": str(state.info.classes),
        "lr": f"{float(state.knobs.get('lr', math.nan)):g}",
    }
    if task.values is not None:
        own |= task.values(state)
    return tr(task.formula).format_map(_Numbers(state, own))
