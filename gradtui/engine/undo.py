"""The states before interventions: what undo goes back to, and redo forward.

The newest lie in memory, older ones in an unnamed file.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from gradtui.core.errors import UsageError
from gradtui.core.frozen import frozen
from gradtui.core.records import Applied
from gradtui.core.text import printable
from gradtui.engine.checkpoint import Checkpoint
from gradtui.engine.shelf import Shelf, Stowed, sizes

MOST = 100
"""Interventions that can be taken back, at most."""
BYTES = 2**28
"""Room for their states, in the file."""
NEAR = 2**21
"""Of these in memory: a lab that is played with must not grow by more. The newest is kept there
whatever its size: one undo is always there."""
WAITING, UNWRITTEN = 2**25, 2**23
"""In memory at most: while the disk takes its time, and if it takes nothing."""


@frozen
class Past:
    """An intervention, and the state before it."""

    before: Checkpoint
    changes: tuple[Applied, ...]
    number: int = 0
    """The interventions of a run are counted."""


@frozen
class Undone:
    """What an undo left: the state there, and the branch."""

    past: Past
    left: Checkpoint
    branch: int


class Undos:
    """Two stacks, bounded together in number and bytes: the oldest states go first."""

    def __init__(self, most: int = MOST, room: int = BYTES, shelf: Shelf | None = None) -> None:
        self._most, self._bytes = most, room
        self.shelf = shelf or Shelf()
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
        self._past.append(replace(past, before=_stowed(before)))
        self._bound()
        return past

    def again(self, known: Mapping[int, Past], numbers: Sequence[int]) -> None:
        """As they were when a run stopped; `known` are those whose states were kept."""
        found = [known[number] for number in numbers if number in known]
        self._lost = len(found) < len(numbers)
        self._count = max([0, *known, *numbers])
        self._past.extend(replace(past, before=_stowed(past.before)) for past in found)
        self._bound()

    def back(self, left: Checkpoint, branch: int) -> Past:
        """The last intervention, to be taken back; `UsageError` says why there is none."""
        if not self._past:
            room = self._bytes if self.shelf.works else UNWRITTEN
            kept = f"states of at most {self._most} interventions and {room >> 20} MB"
            raise UsageError(
                f"undo can go no further back: {kept} are kept."
                if self._lost
                else "nothing to undo: no intervention was made since the start."
            )
        past = self._past[-1]
        found = replace(past, before=_read(past.before))
        self._past.pop()
        self._undone.append(Undone(past, _stowed(left), branch))
        self._bound()
        return found

    def forward(self) -> Undone:
        """The last undo, to be taken back; `UsageError` says why there is none."""
        if not self._undone:
            raise UsageError("nothing to redo: no undo since the last intervention.")
        undone = self._undone[-1]
        found = replace(undone, left=_read(undone.left))
        self._undone.pop()
        self._past.append(undone.past)
        return found

    def _bound(self) -> None:
        """What is far from here goes to the file, and then the oldest go."""
        near: list[Stowed] = []
        for state in reversed([*self._states()]):
            if state.parts[0]:
                near.append(state)
            if len(near) > 1 and sizes(near)[0] > NEAR:
                self.shelf.put(near.pop())
        while len(self._past) > 1 and self._overfull():
            self._past.popleft()
            self._lost = True

    def _states(self) -> Iterator[Stowed]:
        """Of all, those last that are asked for first."""
        undone = [state for each in self._undone for state in (each.past.before, each.left)]
        for state in (*undone, *(past.before for past in self._past)):
            assert isinstance(state.arrays, Stowed)
            yield state.arrays

    def _overfull(self) -> bool:
        held, away = sizes(self._states())
        most = WAITING if self.shelf.works else UNWRITTEN
        return len(self._past) > self._most or held > most or held + away > self._bytes


def _stowed(state: Checkpoint) -> Checkpoint:
    return replace(state, arrays=Stowed(state.arrays))


def _read(state: Checkpoint) -> Checkpoint:
    """With all arrays in memory; `UsageError` where the disk has lost them."""
    try:
        return replace(state, arrays=dict(state.arrays))
    except OSError as error:
        reason = printable(str(error.strerror or error)).rstrip(".")
        raise UsageError(f"that state cannot be read any more: {reason}.") from error
