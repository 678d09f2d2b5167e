"""What sequences of symbols mean: the codes, and how a row of them reads as text."""

from __future__ import annotations

from collections.abc import Iterable

from gradtui.core.frozen import frozen

IGNORE = -100
"""A target that is none: it counts neither in the loss nor in the accuracy."""
PAD, START, END = 0, 1, 2
SPECIAL = ("", "", "")
"""What they look like."""


@frozen
class Language:
    """The symbols of a data set, and what the columns of its rows are.

    A row of x is the source, padded behind its END to `source` columns, and then the decoder's
    input: START and the target. y is the target and END, and `IGNORE` behind it. Without a
    source a row is a piece of a text, and y the same piece one symbol on.
    """

    symbols: tuple[str, ...]
    """By code."""
    source: int = 0

    @property
    def translates(self) -> bool:
        """There is one right answer to each source."""
        return self.source > 0

    def text(self, codes: Iterable[int]) -> str:
        """Up to the first END, which only a language with a source has."""
        shown = []
        for code in codes:
            if self.translates and code == END:
                break
            shown.append(self.symbols[code] if code >= 0 else "")
        return "".join(shown)
