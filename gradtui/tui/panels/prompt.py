"""Above an open prompt: what it could become, or what is wrong with it."""

from __future__ import annotations

from gradtui.tui.draw.plate import lay, scrolled
from gradtui.tui.grid import Area, Grid, Spans, cells, wrap
from gradtui.tui.panels.picture import Picture
from gradtui.tui.view import POOR

ROWS = 8
WIDTH = 78


def paint(grid: Grid, picture: Picture) -> None:
    """A plate on the finding line's shoulders, over whatever lies there."""
    prompt, layout = picture.view.prompt, picture.layout
    if prompt is None:
        return
    width = min(layout.width, WIDTH)
    chosen: int | None = None
    lines: list[Spans]
    if prompt.fault:
        lines = [[(line, "exploding", False)] for line in wrap(prompt.fault, width - 4)]
    else:
        name = max((cells(offer.word) for offer in prompt.offers), default=0) + 2
        pointer = [offer is prompt.chosen for offer in prompt.offers]
        chosen = pointer.index(True) if True in pointer else None
        lines = [
            [("▸ " if here else "  ", "key", True), (offer.word, "ink", here),
             (" " * (name - cells(offer.word)), "ink", False), (offer.note, "muted", False)]
            for here, offer in zip(pointer, prompt.offers, strict=True)
        ]  # fmt: skip
    room = min(ROWS, max(layout.finding - 4, 1))
    lines, _ = scrolled(lines, room, chosen, 0)
    if lines:
        framed = picture.view.colors in POOR
        high = len(lines) + 2 * framed
        area = Area(0, max(layout.finding - high, 0), width, high)
        lay(grid, area, lines, margin=(1, 0), framed=framed)
