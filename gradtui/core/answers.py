"""What was asked before of the same objects: rules and screen ask the same again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import is_not
from typing import Any

from numpy.typing import NDArray

Answer = NDArray[Any]


class Answers:
    """One answer to each question, good for the very objects that it read."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[object, ...], Answer]] = {}

    def once(self, question: str, read: Sequence[object], answer: Callable[[], Answer]) -> Answer:
        """The answer to `question`, found once for the same objects that it reads."""
        known = self._known.get(question)
        if known is None or len(known[0]) != len(read) or any(map(is_not, known[0], read)):
            found = answer()
            found.flags.writeable = False
            known = self._known[question] = (tuple(read), found)
        return known[1]
