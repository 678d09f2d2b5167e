"""From key presses to commands, and what was asked for but is not answered yet.

Two quick presses of one key mean two turns, although the first `Applied` is still on its way:
a turn starts from the last value that was asked for. That value stands in the knob bar, marked as
asked for; all else that is drawn comes from `Applied`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gradtui import catalog
from gradtui.catalog.knobs import KNOBS, NORMS, OPTIMIZERS
from gradtui.catalog.specs import assignment, check_shift
from gradtui.core.commands import (
    Leap,
    Move,
    Pace,
    Pause,
    Redo,
    Resume,
    Seek,
    Set,
    Step,
    Undo,
)  # fmt: skip
from gradtui.core.errors import UsageError
from gradtui.core.records import Applied, Branch, End, Notice, Record, State, Value
from gradtui.core.scale import ladder
from gradtui.core.state import RunState

CLIPS = ("none", "norm:1", "norm:0.1", "value:0.1")
INITS = ("xavier", "he", "lecun", "orthogonal", "torch", "gain:0.5", "gain:1", "gain:2", "gain:3")
CHOICES: dict[str, Callable[[], tuple[str, ...]]] = {
    "activation": lambda: catalog.names("activations"),
    "regularizer": lambda: catalog.names("regularizers"),
    "clip": lambda: CLIPS,
    "norm": lambda: NORMS,
    "optimizer": lambda: OPTIMIZERS,
    "init": lambda: INITS,
}
"""What keys and the palette offer; the command line takes any value."""
LOWEST, HIGHEST = 1e-8, 1e3
"""The ends of the ladders of lr and strength; beyond them nothing but underflow and overflow."""


@dataclass
class Pending:
    """A knob's value that was asked for, and how many answers are still to come."""

    value: Value
    answers: int = 1


class Steering:
    """Makes commands out of turns; remembers the unanswered ones."""

    def __init__(self, state: RunState) -> None:
        self.state = state
        self._pending: dict[str, Pending] = {}
        self._paused: bool | None = None
        self._moves = 0
        """Undos and redos that are not answered yet."""

    @property
    def waiting(self) -> bool:
        """Something was asked for and is not answered yet."""
        return bool(self._pending) or self._moves > 0 or self._paused is not None

    @property
    def asked(self) -> dict[str, Value]:
        """The values that were asked for and are not answered yet, by knob."""
        return {knob: pending.value for knob, pending in self._pending.items()}

    def wanted(self, knob: str) -> Value:
        """The value that was asked for last, or else the present one."""
        pending = self._pending.get(knob)
        return pending.value if pending else self.state.knobs[knob]

    def turn(self, knob: str, *, up: bool) -> Set:
        """The next or previous value of a knob; `UsageError` says why there is none."""
        self.check(knob)
        value = self.wanted(knob)
        if knob in CHOICES:
            return self.set(knob, _neighbour(CHOICES[knob](), value, up))
        if knob == "strength":
            return self.set(knob, self._strength(float(value), up))
        return self.set(knob, _rung(knob, float(value), up, LOWEST))

    def set(self, knob: str, value: Value) -> Set:
        """Ask for a value; `UsageError` if this run cannot change the knob."""
        self.check(knob)
        if knob in self.state.knobs:
            known = self._pending.get(knob)
            self._pending[knob] = Pending(value, known.answers + 1 if known else 1)
        return Set(knob, value)

    def assign(self, text: str) -> Set:
        """Ask for what `KNOB=VALUE` says; `UsageError` as the command line's `--set` has it."""
        name, value = assignment(text)
        if KNOBS[name].fixed:
            run = f"`gradtui lab {self.state.info.experiment} --set {text}`"
            raise UsageError(f"{name} is fixed at the start of a run; {run} starts one with it.")
        if not KNOBS[name].action and name not in self.state.knobs:
            raise UsageError(f"{name} is no knob of this run.")
        if name == "shift_bias":
            check_shift(value, len(self.state.info.layers) - 1)
        return self.set(name, value)

    def toggle(self) -> Pause | Resume:
        """Pause, or go on; also beyond the run's length and after a value that is not finite."""
        self._alive()
        stopped = self.state.word in ("paused", "not finite", "finished")
        paused = stopped if self._paused is None else self._paused
        self._paused = not paused
        return Resume() if paused else Pause()

    def step(self) -> Step:
        """One step, then stay paused."""
        self._alive()
        self._paused = True
        return Step()

    def travel(self, way: int) -> Undo | Redo:
        """Undo (way < 0) or redo."""
        self._alive()
        self._moves += 1
        return Undo() if way < 0 else Redo()

    def play(self, command: Seek | Move | Leap | Pace) -> Seek | Move | Leap | Pace:
        """Ask for another moment; `UsageError` where the present is all there is."""
        if not self.state.info.recording:
            raise UsageError("only a recording has other moments: `gradtui replay` plays a run.")
        return command

    def heard(self, record: Record) -> None:
        """Take an answer in, after the run state did."""
        match record:
            case Applied(knob=knob, value=value):
                self._answered(knob, value)
            case State(word=word):
                self._paused = None
                if word == "failed":
                    self._forget()
            case End():
                self._forget()
            case Branch():  # what was asked for before it was applied before it
                self._moves = max(self._moves - 1, 0)
                self._pending.clear()
            case Notice(refused="undo" | "redo"):
                self._moves = max(self._moves - 1, 0)
            case Notice(refused=knob):
                self._answered(knob)

    def _forget(self) -> None:
        """Nobody is left to answer."""
        self._moves = 0
        self._pending.clear()

    def _answered(self, knob: str, value: Value | None = None) -> None:
        """One answer less is to come; the last one ends the waiting, and so does what was asked."""
        pending = self._pending.get(knob)
        if pending is not None:
            pending.answers -= 1
            if pending.answers <= 0 or pending.value == value:
                del self._pending[knob]

    def check(self, knob: str) -> None:
        """`UsageError` if this run cannot change the knob."""
        self._alive()
        if knob in self.state.info.locked:
            reason = self.state.info.locked[knob].rstrip(".")
            raise UsageError(f"{knob} cannot be changed here: {reason}.")
        if knob in CHOICES and knob not in self.state.knobs:
            raise UsageError(f"{knob} is no knob of this run.")

    def _alive(self) -> None:
        if self.state.word == "failed":
            raise UsageError(
                "the run has failed and takes no more commands; e starts another, q quits."
            )

    def _strength(self, value: float, up: bool) -> float:
        name = str(self.wanted("regularizer"))
        if name == "none":
            raise UsageError("strength needs a regularizer: r chooses one.")
        if value > 0:
            return _rung("strength", value, up, 0.0)
        if up:
            return catalog.regularizer(name).strength or LOWEST
        raise UsageError("strength is 0 already.")


def _neighbour(choices: tuple[str, ...], value: Value, up: bool) -> str:
    """The next or previous choice, around; the first one if the value is none of them."""
    if value not in choices:
        return choices[0]
    return choices[(choices.index(str(value)) + (1 if up else -1)) % len(choices)]


def _rung(knob: str, value: float, up: bool, floor: float) -> float:
    """A rung of the 1-3-10 ladder; below the lowest one lies the floor."""
    if up and value >= HIGHEST:
        raise UsageError(f"{knob} {value:g} is as high as the keys go.")
    if not up and value <= LOWEST:
        if floor >= LOWEST:
            raise UsageError(f"{knob} {value:g} is as low as the keys go.")
        return floor
    return ladder(value, up)
