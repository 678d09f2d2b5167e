"""What the net says, in the rows that the doctor leaves: a few of the page that `v` opens."""

from __future__ import annotations

from gradtui.core import text
from gradtui.core.state import RunState
from gradtui.tui.grid import Span, Spans, cells, clip
from gradtui.tui.panels.picture import Picture

FEWEST = 4
"""Rows below which it is not worth it."""
GAP = 2


def lines(picture: Picture, width: int, room: int) -> list[Spans]:
    """At most `room` lines."""
    texts = picture.state.texts
    if texts is None or not texts.texts or room < FEWEST:
        return []
    if not texts.texts[0].target:
        return _passage(texts.texts[0].source, texts.texts[0].said, width, room)
    head: list[Span] = [("says   ", "ink", True)]
    if (share := exact_match(picture.state)) is not None:
        head += [("exact match ", "muted", False), (text.share(share), "ink", True)]
    told: list[Spans] = [head]
    at = min(max(cells(each.source) for each in texts.texts), width // 2) + GAP
    for each in texts.texts[: room - 1]:
        source = clip(each.source, at - GAP)
        gap = " " * (at - cells(source))
        said = compared(each.said, each.target)[: max(width - at - 2, 0)]
        sign: Spans = [(" ✓", "ok", True)] if each.right else []
        told.append([(source + gap, "muted", False), *said, *sign])
    return told


def _passage(source: str, said: str, width: int, room: int) -> list[Spans]:
    """How the first text begins, and how the net goes on."""
    told: list[list[Span]] = [[("writes   ", "ink", True)], []]
    taken = 0
    for part, role in ((source, "muted"), (said, "ink")):
        for char in part:
            if char == "\n" or taken + cells(char) > width:
                told, taken = [*told, []], 0
            if char != "\n":
                told[-1].append((char, role, False))
                taken += cells(char)
    return [*told[:room]]


def exact_match(state: RunState) -> float | None:
    """The newest one."""
    return next((e.exact_match for e in reversed(state.evals) if e.exact_match is not None), None)


def compared(said: str, target: str) -> Spans:
    """What was said, symbol by symbol: right, wrong, and `_` where one is missing."""
    spans: list[Span] = []
    for i in range(max(len(said), len(target))):
        char = said[i] if i < len(said) else "_"
        right = i < len(said) and i < len(target) and said[i] == target[i]
        spans.append((char, "healthy" if right else "exploding", not right))
    return spans
