"""The states before interventions, in memory: what undo goes back to, and redo forward."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradtui.core.errors import UsageError
from gradtui.core.records import Applied
from gradtui.engine.checkpoint import Checkpoint, nbytes

MOST = 100
"""Interventions that can be taken back, at most."""
BYTES = 2**23
"""Memory for their states, 15 of the default experiment: a lab that is played with must not grow
by more. The newest is kept whatever its size: one undo is always there."""


@dataclass(frozen=True)
class Past:
    """An intervention, and the state before it."""

    before: Checkpoint
    changes: tuple[Applied, ...]
    number: int = 0
    """The interventions of a run are counted."""


@dataclass(frozen=True)
class Undone:
    """What an undo left: the state there, and the branch."""

    past: Past
    left: Checkpoint
    branch: int


class Undos:
    """Two stacks, bounded together in number and bytes: the oldest states go first."""

    def __init__(self, most: int = MOST, room: int = BYTES) -> None:
        self._most, self._bytes = most, room
        self._past: deque[Past] = deque()
        self._undone: list[Undone] = []
        self._lost = False
        """States had to go: undo ends there, not at the start of the run."""
        self._count = 0

    @property
    def numbers(self) -> list[int]:
        """Of the interventions that undo would take back, the oldest first."""
        return [past.number for past in self._past]

    def keep(self, before: Checkpoint, changes: tuple[Applied, ...]) -> Past:
        """An intervention took effect: what was undone before it cannot be redone any more."""
        self._undone.clear()
        self._count += 1
        past = Past(before, changes, self._count)
        self._past.append(past)
        self._bound()
        return past

    def again(self, known: Mapping[int, Past], numbers: Sequence[int]) -> None:
        """As they were when a run stopped; `known` are those whose states were kept."""
        found = [known[number] for number in numbers if number in known]
        self._lost = len(found) < len(numbers)
        self._count = max([0, *known, *numbers])
        self._past.extend(found)
        self._bound()

    def back(self, left: Checkpoint, branch: int) -> Past:
        """The last intervention, to be taken back; `UsageError` says why there is none."""
        if not self._past:
            kept = f"states of at most {self._most} interventions and {self._bytes >> 20} MB"
            raise UsageError(
                f"undo can go no further back: {kept} are kept."
                if self._lost
                else "nothing to undo: no intervention was made since the start."
            )
        past = self._past.pop()
        self._undone.append(Undone(past, left, branch))
        self._bound()
        return past

    def forward(self) -> Undone:
        """The last undo, to be taken back; `UsageError` says why there is none."""
        if not self._undone:
            raise UsageError("nothing to redo: no undo since the last intervention.")
        undone = self._undone.pop()
        self._past.append(undone.past)
        return undone

    def _bound(self) -> None:
        while len(self._past) > 1 and self._overfull():
            self._past.popleft()
            self._lost = True

    def _overfull(self) -> bool:
        states = [past.before for past in self._past]
        states += [state for each in self._undone for state in (each.past.before, each.left)]
        return len(self._past) > self._most or nbytes(states) > self._bytes
