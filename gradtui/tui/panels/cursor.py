"""The cursor: a line through everything on the time axis, and the values that it reads."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gradtui.core import text
from gradtui.tui import numbers
from gradtui.tui.cursor import in_view
from gradtui.tui.draw.lanes import ASCII_BLOCKS, BLOCKS
from gradtui.tui.grid import BLANK, Area, Grid, Spans, fit, length
from gradtui.tui.inks import ink
from gradtui.tui.panels.heads import TITLES
from gradtui.tui.panels.picture import Picture
from gradtui.tui.panels.reading import Reading, Spread, read

Rows = NDArray[np.int64]
NAMED_BY_VALUE = ("activation", "optimizer", "regularizer")
WORDS = ("activation", "optimizer", "lr", "regularizer", "strength", "clip", "norm", "dropout")
"""Knobs that are told, the first ones first."""


def reading(picture: Picture) -> Reading | None:
    """What lies under the mouse, or else under the cursor; None without either."""
    view = picture.view
    if view.hover is not None:
        return read(picture, *view.hover)
    if view.cursor is None:
        return None
    layer = min(max(view.selected, 0), len(picture.state.info.layers) - 1)
    return read(picture, view.cursor, layer)


def paint_line(grid: Grid, picture: Picture) -> None:
    """The column under the mouse, and that of the cursor above it."""
    view = picture.view
    if picture.state.step is None:
        return
    if view.hover is not None:
        _shade(grid, picture, view.hover[0])
    if view.cursor is not None:
        _line(grid, picture, view.cursor)


def _column(picture: Picture, step: int) -> int | None:
    """Where a step lies on the screen; None if it is not in view."""
    axis = picture.timeline
    column = axis.column(in_view(step, axis))
    return picture.layout.lanes.x + column if 0 <= column < axis.width else None


def _blanks(grid: Grid, picture: Picture, x: int) -> Rows:
    """The rows of a column of the time axis that hold nothing."""
    layout = picture.layout
    rows = np.arange(layout.lanes.y, layout.bottom - (layout.axis is not None))
    rows = rows[rows != layout.legend]
    blank: Rows = rows[grid.code[rows, x] == BLANK]
    return blank


def _plates(grid: Grid, picture: Picture, x: int) -> None:
    for part in (picture.layout.lanes, picture.layout.loss, picture.layout.accuracy):
        if part is not None:
            grid.at(Area(x, part.y, 1, part.height)).paper("sel")


def _shade(grid: Grid, picture: Picture, step: int) -> None:
    """Lighter than the cursor: what is there keeps its colour, and charts get a thin line."""
    if (x := _column(picture, step)) is None:
        return
    lanes = picture.layout.lanes
    free = [y for y in _blanks(grid, picture, x) if not lanes.y <= y < lanes.y + lanes.height]
    grid.code[free, x] = ord("┊" if picture.unicode else ":")
    grid.style[free, x] = ink("muted")
    _plates(grid, picture, x)


def _line(grid: Grid, picture: Picture, step: int) -> None:
    """No cell that holds data is covered: lanes turn to ink, dots stay, blanks get a line."""
    if (x := _column(picture, step)) is None:
        return
    layout = picture.layout
    lane = slice(layout.lanes.y, layout.lanes.y + layout.lanes.height)
    levels = np.isin(grid.code[lane, x], np.append(BLOCKS[1:], ASCII_BLOCKS[1:]))
    grid.style[lane, x][levels] = ink("ink", reverse=picture.mono)
    free = _blanks(grid, picture, x)
    grid.code[free, x] = ord("┃" if picture.unicode else "!")
    grid.style[free, x] = ink("ink")
    _plates(grid, picture, x)


def exact(loss: float) -> str:
    """A loss with three digits also where it is small: `0.00812`, `8.1e-4`."""
    if not 0 < loss < 0.1:
        return text.loss(loss)
    return f"{loss:#.3g}" if loss >= 1e-3 else text.number(loss)


def steps(found: Reading) -> str:
    """`312` or `312 – 319`."""
    return str(found.first) if found.first == found.last else f"{found.first} – {found.last}"


def _losses(spread: Spread) -> str:
    return f"{exact(spread.low)} – {exact(spread.high)}"


def _shares(spread: Spread) -> str:
    return f"{100 * spread.low:.1f} – {text.share(spread.high)}"


def beside_loss(picture: Picture, found: Reading) -> list[Spans]:
    """The lines right of the loss, where there is room for labels."""
    test = found.test
    lines: list[Spans] = [
        [("step  ", "muted", False), (steps(found), "key", True)],
        [("train ", "train", False), _number(exact(found.loss.mean), "train")],
    ]
    if math.isfinite(found.loss.low):
        lines.append([(f"      {_losses(found.loss)}", "muted", False)])
    if test is not None:
        lines.append([("test  ", "test", False), _number(exact(test.loss), "test")])
        lines.append([(f"      at step {test.step}", "muted", False)])
    return [*lines, [], *_layer(picture, found)]


def beside_accuracy(found: Reading) -> list[Spans]:
    """The lines right of the accuracy."""
    lines: list[Spans] = [
        [("train ", "train", False), (text.share(found.accuracy.mean), "train", True)]
    ]
    if math.isfinite(found.accuracy.low):
        lines.append([(f"      {_shares(found.accuracy)}", "muted", False)])
    if found.test is not None:
        share = text.share(found.test.accuracy) if math.isfinite(found.test.loss) else "–"
        lines.append([("test  ", "test", False), (share, "test", True)])
    return [*lines, [], *_knobs(found)]


def _number(word: str, role: str) -> tuple[str, str, bool]:
    return word, "nan" if word in ("nan", "inf") else role, True


def _layer(picture: Picture, found: Reading) -> list[Spans]:
    name, title = picture.state.info.layers[found.layer], TITLES[picture.view.quantity][0]
    value = numbers.quantity(picture.view.quantity, found.value)
    since = title if found.measured is None else f"at step {found.measured}"
    return [
        [
            (f"{fit(name, 5):<6}", "muted", False),
            (value, "ink", True),
            (f"  {since}", "muted", False),
        ]
    ]


def _words(found: Reading) -> list[str]:
    """The knobs that were in force, without those that were off."""
    words = []
    for knob in WORDS:
        value = found.knobs.get(knob, "none")
        if value in ("none", 0) or (knob == "strength" and found.knobs["regularizer"] == "none"):
            continue
        word = numbers.knob(value)
        words.append(word if knob in NAMED_BY_VALUE else f"{knob} {word}")
    return words


def _knobs(found: Reading, width: int = 26) -> list[Spans]:
    lines: list[Spans] = [[]]
    for word in _words(found):
        gap = "   " if lines[-1] else ""
        if lines[-1] and length(lines[-1]) + len(gap + word) > width:
            lines.append([])
            gap = ""
        lines[-1] = [*lines[-1], (gap + word, "muted", False)]
    return lines


def in_line(picture: Picture, room: int) -> Spans:
    """The finding line, where the labels have no room for all: as many of these as fit."""
    layout, found = picture.layout, reading(picture)
    if found is None or (layout.columns.labels and layout.loss and layout.accuracy):
        return []
    parts: list[Spans] = [[("step ", "muted", False), (steps(found), "ink", True)]]
    spreads = (
        ("loss", exact(found.loss.mean), _losses(found.loss), found.loss),
        ("acc", text.share(found.accuracy.mean), _shares(found.accuracy), found.accuracy),
    )
    for name, mean, between, spread in spreads:
        told = between if math.isfinite(spread.low) and layout.columns.profile else mean
        parts.append([(f"{name} ", "muted", False), (told, "ink", False)])
    layer = fit(picture.state.info.layers[found.layer], 12)
    value = numbers.quantity(picture.view.quantity, found.value)
    parts.append([(f"{layer} ", "muted", False), (value, "ink", True)])
    parts += [[(word, "muted", False)] for word in _words(found)]
    line: list[tuple[str, str, bool]] = []
    for part in parts:
        if length(line) + 2 + length(part) <= room:
            line += [("  ", "ink", False), *part] if line else part
    return line
