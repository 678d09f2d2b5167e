"""Which entries of a list a few typed letters mean."""

from __future__ import annotations

from collections.abc import Sequence

ELSEWHERE, SPELT = 3, 4
"""How far back a word puts an entry whose name does not hold it: found at the start of a word of
the other texts, or spelt by letters of the name."""


def ranked(typed: str, entries: Sequence[Sequence[str]]) -> list[int]:
    """The entries that hold every typed word, the best first; all of them if nothing is typed.

    An entry is a few texts, its name the first. A word counts best at the start of the name,
    then at the start of any word of it, inside it, at the start of a word of the other texts,
    and last as letters of one word of the name in their order.
    """
    words = typed.lower().split()
    scores = [(_score(words, [text.lower() for text in entry]), i) for i, entry in
              enumerate(entries)]  # fmt: skip
    return [i for score, i in sorted(s for s in scores if s[0] is not None)]


def _score(words: Sequence[str], texts: Sequence[str]) -> int | None:
    found = [_word(word, texts) for word in words]
    return None if None in found else sum(score for score in found if score is not None)


def _word(word: str, texts: Sequence[str]) -> int | None:
    name = texts[0]
    if name.startswith(word):
        return 0
    if any(part.startswith(word) for part in name.replace("-", " ").split()):
        return 1
    if word in name:
        return 2
    if any(part.startswith(word) for text in texts[1:] for part in text.split()):
        return ELSEWHERE
    return SPELT if any(_spelt(word, part) for part in name.split()) else None


def _spelt(letters: str, word: str) -> bool:
    """`rgl` spells `regularizer`: the first letter, and others in their order."""
    rest = iter(word)
    return word[:1] == letters[0] and all(letter in rest for letter in letters)
