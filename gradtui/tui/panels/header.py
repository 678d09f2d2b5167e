"""The plate on top: what runs, how far it is, how fast, in which state."""

from __future__ import annotations

from gradtui.core.text import thousands
from gradtui.tui import numbers
from gradtui.tui.grid import Area, Grid, Spans, length
from gradtui.tui.panels.picture import Picture

STATES = {
    "starting": ("○", "muted"),
    "training": ("●", "ok"),
    "paused": ("‖", "ink"),
    "not finite": ("×", "nan"),
    "failed": ("■", "exploding"),
    "finished": ("■", "ok"),
}


def paint(grid: Grid, picture: Picture) -> None:
    """Drop what matters least until the rest fits."""
    grid = grid.at(Area(0, 0, grid.width, 1))
    compact = picture.layout.compact
    gap, margin = (2, 0) if compact else (3, 1)
    left, right = _left(picture), _right(picture)
    dot = 0 if compact else 3 * max(len(left) - 2, 0)
    room = grid.width - 2 * margin - gap - dot
    pinned = 1 if picture.layout.knobs is not None else 2
    pinned += (1 if compact else 2) if _narrowed(picture) else 0
    while len(left) > pinned and _width(left, 2) + _width(right, gap) > room:
        left.pop()
        room += 0 if compact else 3
    while len(right) > 2 and _width(left, 2) + _width(right, gap) > room:
        right.pop(-2)
    while len(left) > 1 and _width(left, 2) + _width(right, gap) > room:
        left.pop(0)
    x = margin
    for i, spans in enumerate(left):
        if not compact and i > 1:
            x = grid.text(x, 0, "  ·  ", "faint")
        elif i:
            x += 2
        x = grid.spans(x, 0, spans)
    x = grid.width - margin - _width(right, gap)
    for spans in right:
        x = grid.spans(x, 0, spans) + gap
    grid.paper("sel")


def _width(parts: list[Spans], gap: int) -> int:
    return sum(length(spans) for spans in parts) + gap * (len(parts) - 1)


def _left(picture: Picture) -> list[Spans]:
    info = picture.state.info
    name: Spans = [(info.experiment, "ink", True)]
    context = [info.data, info.model, info.device]
    if picture.layout.knobs is None:  # these two are always in sight
        turned = [str(picture.state.knobs.get(k, "")) for k in ("activation", "regularizer")]
        context.insert(0, " ".join(word for word in turned if word not in ("", "none")))
    if narrowed := _narrowed(picture):
        context.insert(0, narrowed)
    if picture.layout.compact:
        return [name, *([(text, "muted", False)] for text in context if text)]
    brand: Spans = [("gradtui", "key", True)]
    return [brand, name, *([(text, "muted", False)] for text in context if text)]


def _narrowed(picture: Picture) -> str:
    """`12 of 1001 layers`, and whether the worst come first."""
    view, names = picture.view, picture.state.info.layers
    shown = len(picture.roster.layers)
    words = [f"{shown} of {len(names)} layers"] if view.pattern else []
    if view.order == "worst":
        words.append("worst first")
    return ", ".join(words)


def _right(picture: Picture) -> list[Spans]:
    """Steps first, the state last: these two never go."""
    state = picture.state
    step = numbers.UNKNOWN if state.step is None else str(state.step)
    parts: list[Spans] = [
        [("step ", "muted", False), (step, "ink", True)],
        [("epoch ", "muted", False), (f"{state.epoch:.1f}", "ink", False)],
        [(numbers.rate(state.steps_per_second), "ink", False), (" steps/s", "muted", False)],
    ]
    if not picture.layout.compact:
        share = numbers.overhead(state.overhead)
        parts.append([(share, "ink", False), (" overhead", "muted", False)])
        if state.merged:
            parts.append([(thousands(state.merged), "ink", False), (" merged", "muted", False)])
    glyph, role = STATES.get(state.word, ("●", "ink"))
    parts.append([(f"{glyph} ", role, False), (state.word, role, True)])
    return parts
