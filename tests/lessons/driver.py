"""A lesson on real training, without a screen: what the person would press is applied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from gradtui import catalog
from gradtui.catalog.walk import Walk
from gradtui.core.lesson import Lesson
from gradtui.core.outbox import Outbox
from gradtui.core.records import Applied, Info
from gradtui.core.state import RunState
from gradtui.doctor.doctor import Doctor
from gradtui.engine.data import load
from gradtui.engine.trainer import Trainer
from tests.engine.nets import CPU, of, spec_of


@dataclass(frozen=True)
class Outcome:
    """One task: how it ended, after how many steps, and whether it held before it began."""

    task: int
    mark: str
    steps: int
    early: bool


class Pupil:
    """Reduces what a trainer tells, as the screen's bridge does."""

    def __init__(self, lesson: Lesson, seed: int) -> None:
        spec = spec_of(lesson.experiment, *lesson.sets, seed=seed)
        self.trainer = Trainer(spec, Outbox(100_000), endless=True)
        data = load(spec.data, spec.rows, int(spec.fixed["length"]))
        self.trainer.open(data, CPU)
        records = self.trainer.outbox.drain()
        self.state = RunState(of(Info, records)[0])
        self.state.reduce(records)
        self.doctor, self.walk = Doctor(self.state), Walk(lesson)

    def look(self) -> None:
        """Take in what was told since the last time."""
        self.trainer.training.recorder.flush()
        for record in self.trainer.outbox.drain():
            if isinstance(record, Applied):
                self.walk.follow(self.state)
            self.state.reduce([record])
            self.state.reduce(self.doctor.examine())
        self.walk.follow(self.state)

    def step(self) -> None:
        self.trainer.advance()
        self.look()


def outcomes(name: str, seed: int) -> Iterator[Outcome]:
    """Do task by task; a task gets the steps that it names, and no more."""
    lesson = catalog.lesson(name)
    with torch.no_grad(), np.errstate(all="ignore"):
        pupil = Pupil(lesson, seed)
        for i, task in enumerate(lesson.tasks):
            pupil.look()
            early = pupil.walk.at != i or not _open(pupil, i)
            for knob, value in task.press:
                pupil.trainer.training.apply(knob, value)
            steps = 0
            while pupil.walk.at == i and steps < task.steps:
                pupil.step()
                steps += 1
            yield Outcome(i, pupil.walk.marks[i], steps, early)


def _open(pupil: Pupil, i: int) -> bool:
    """Whether there is still something to be seen: an expectation that does not hold yet."""
    from gradtui.catalog.walk import holds

    task = pupil.walk.lesson.tasks[i]
    return not all(holds(pupil.state, one) for one in task.expect)
