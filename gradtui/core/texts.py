"""What a net of symbols says of rows that it was not trained on."""

from __future__ import annotations

from typing import NamedTuple

from gradtui.core.frozen import frozen
from gradtui.core.records import Record


class Text(NamedTuple):
    """One of them."""

    source: str
    """What it was given: the sentence to translate, or how a text begins."""
    target: str
    """The one right answer; "" where there is none."""
    said: str

    @property
    def right(self) -> bool:
        """Word for word."""
        return self.said == self.target


@frozen(kw_only=True)
class Texts(Record):
    """What the weights before step `step` say; always of the same rows."""

    step: int
    texts: tuple[Text, ...]
