"""A source without an engine: plays given records, answers commands as the engine promises."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from gradtui.core.commands import Command, Pause, Resume, Set, Step
from gradtui.core.records import Applied, Frame, Info, Record, RunWord, Sample, State, Value

KNOBS: dict[str, Value] = {
    "activation": "sigmoid", "regularizer": "none", "strength": 0.0, "decay": 0.0, "dropout": 0.0,
    "clip": "none", "lr": 0.01, "momentum": 0.9, "optimizer": "sgd", "norm": "none",
    "residual": "off", "init": "xavier", "batch_size": 64, "flush": "off",
}  # fmt: skip


def info(layers: int = 16, **changes: object) -> Info:
    """A run of the default experiment, with as many rows as asked for."""
    names = (*(f"fc{i}" for i in range(1, layers)), "out")
    base = Info(
        experiment="vanishing", question="Why does nothing move below the top?",
        model=f"MLP {layers - 1}x64 + 10", data="digits 8x8", device="cpu", seed=0, layers=names,
        knobs=KNOBS, classes=10, steps_per_epoch=23, steps=600,
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


def frame(steps: Sequence[int], layers: int = 16, norm: float = 1e-3) -> Frame:
    """A block of steps whose gradient halves from layer to layer towards the input."""
    n = len(steps)
    rows = norm * 0.5 ** np.arange(layers)[::-1] * np.ones((n, 1))
    return Frame(
        steps=np.asarray(steps, dtype=np.int64), loss=np.full(n, 2.3), accuracy=np.full(n, 0.1),
        penalty=np.zeros(n), grad_norm=rows, weight_norm=1 + rows, update_ratio=rows,
        bias_rms=rows, seconds=0.004 * n, probe_seconds=0.0002 * n,
    )  # fmt: skip


def sample(step: int, layers: int = 16, norm: float = 1e-3) -> Sample:
    """A sample on the same slope."""
    signal = norm * 0.5 ** np.arange(layers)[::-1].astype(np.float64)
    return Sample(
        step=step, signal=signal, activation_mean=signal, activation_std=signal,
        dead=np.full(layers, np.nan), saturated=np.zeros(layers), zero=np.zeros(layers, bool),
    )  # fmt: skip


class FakeSource:
    """Hands out what was put in; every `Set`, `Pause`, `Resume`, `Step` is answered at once.

    With `answering` off the answers stay back until `answer()`, as from a slow or remote run.
    """

    def __init__(self, records: Iterable[Record] = (), about: Info | None = None) -> None:
        self._info = about or info()
        self.knobs = dict(self._info.knobs)
        self.queue: list[Record] = list(records)
        self.sent: list[Command] = []
        self.kept: list[Record] = []
        self.answering = True
        self.started = self.closed = 0
        self.step = 0
        self._held: list[Record] = []

    @property
    def info(self) -> Info:
        return self._info

    def start(self) -> None:
        self.started += 1

    def poll(self) -> list[Record]:
        records, self.queue = self.queue, []
        return records

    def send(self, command: Command) -> None:
        self.sent.append(command)
        answers: list[Record] = []
        match command:
            case Set(knob, value):
                old = self.knobs.get(knob, "")
                self.knobs[knob] = value
                answers.append(Applied(step=self.step, knob=knob, old=old, value=value))
            case Pause():
                answers.append(self.word("paused"))
            case Resume():
                answers.append(self.word("training"))
            case Step():
                answers += [frame([self.step], len(self.info.layers)), self.word("paused")]
                self.step += 1
        self._held += answers
        if self.answering:
            self.answer()

    def answer(self) -> None:
        """Let the answers that were held back out."""
        self.queue += self._held
        self._held = []

    def word(self, word: RunWord, cause: str = "") -> State:
        return State(word=word, step=self.step, cause=cause)

    def keep(self, records: Iterable[Record]) -> None:
        self.kept += records

    def close(self) -> None:
        self.closed += 1
