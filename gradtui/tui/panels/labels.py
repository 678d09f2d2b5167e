"""Names and newest values of the lines: at their ends, or as a small table."""

from __future__ import annotations

import math

import numpy as np

from gradtui.core import text
from gradtui.tui.grid import Area, Grid
from gradtui.tui.numbers import UNKNOWN
from gradtui.tui.panels import cursor, plots
from gradtui.tui.panels.picture import Picture, last_finite
from gradtui.tui.panels.plots import Plot
from gradtui.tui.panels.reading import Reading

LABELS = 26
"""Cells between the charts and the doctor."""


def values(picture: Picture) -> dict[str, tuple[str, str]]:
    """(loss, accuracy) as text of train and test; the accuracy of a nan model is `–`."""
    state, newest = picture.state, picture.newest_eval
    found = {"train": (UNKNOWN, UNKNOWN), "test": (UNKNOWN, UNKNOWN)}
    if state.step is not None:
        loss, accuracy = state.loss, UNKNOWN
        if math.isfinite(loss):
            smooth = last_finite(picture.loss.line)
            smooth = smooth if picture.linear_loss else 10**smooth
            loss = smooth if math.isfinite(smooth) else loss
            accuracy = text.share(last_finite(picture.accuracy.line))
        found["train"] = (text.loss(loss), accuracy)
    if newest is not None:
        known = math.isfinite(newest.loss)
        found["test"] = (text.loss(newest.loss), text.share(newest.accuracy) if known else UNKNOWN)
    if state.left:
        leaving = state.left[-1].leaving.fields
        share = leaving["accuracy"] if math.isfinite(leaving["loss"]) else math.nan
        found["undone"] = text.loss(leaving["loss"]), text.share(share)
    return found


def paint(grid: Grid, picture: Picture) -> None:
    """At the ends of the lines where there is room for it."""
    layout, found = picture.layout, cursor.reading(picture)
    only = layout.loss or layout.accuracy
    if only is not None and only.height == 1:
        _strip(grid, picture, only, 0 if layout.loss else 1)
    elif not layout.columns.labels:
        _table(grid, picture, found)
    elif found is not None:
        _reading(grid, picture, found)
    else:
        x = layout.lanes.x + layout.lanes.width + 3
        words = values(picture)
        if layout.loss is not None:
            plot = plots.loss(picture, layout.loss.height)
            _direct(grid, x, layout.loss, plot, words, 0)
        if layout.accuracy is not None:
            plot = plots.accuracy(picture, layout.accuracy.height)
            _direct(grid, x, layout.accuracy, plot, words, 1)


def _read(found: Reading) -> dict[str, tuple[str, str]]:
    """As `values`, under the cursor."""
    test = found.test
    tested = (UNKNOWN, UNKNOWN)
    if test is not None:
        share = text.share(test.accuracy) if math.isfinite(test.loss) else UNKNOWN
        tested = (cursor.exact(test.loss), share)
    train = (cursor.exact(found.loss.mean), text.share(found.accuracy.mean))
    return {"train": train, "test": tested}


def _direct(
    grid: Grid, x: int, area: Area, plot: Plot, words: dict[str, tuple[str, str]], which: int
) -> None:
    """In order of value, pushed apart."""
    lines = {"train": plot.train.line, "test": plot.test}
    if plot.left and np.isfinite(plot.left[-1]).any():
        lines["undone"] = plot.left[-1]
    ends = {name: last_finite(line) for name, line in lines.items()}
    named = sorted(
        (name for name in lines if words[name][which] != UNKNOWN),
        key=lambda name: -ends[name] if np.isfinite(ends[name]) else math.inf,
    )
    rows = [
        plot.scale.row(ends[name], area.height) if np.isfinite(ends[name]) else area.height - 1
        for name in named
    ]
    for i in range(1, len(rows)):
        rows[i] = max(rows[i], rows[i - 1] + 1)
    over = max(0, rows[-1] - area.height + 1) if rows else 0
    for name, row in zip(named, rows, strict=True):
        word = words[name][which]
        own = "fork" if name == "undone" else name
        role = "nan" if word in ("nan", "inf") else own
        y = area.y + max(0, row - over)
        grid.spans(x, y, [(f"{name:<5} ", own, False), (word, role, True)])


def _reading(grid: Grid, picture: Picture, found: Reading) -> None:
    """What lies under the cursor, instead of the newest values."""
    layout = picture.layout
    x = layout.lanes.x + layout.lanes.width + 3
    lines = {
        layout.loss: cursor.beside_loss(picture, found),
        layout.accuracy: cursor.beside_accuracy(found),
    }
    for area, listed in lines.items():
        if area is not None:
            part = grid.at(area._replace(x=x, width=LABELS))
            for y, spans in enumerate(listed):
                part.spans(0, y, spans)


def _table(grid: Grid, picture: Picture, found: Reading | None) -> None:
    """Three rows right of the first chart: train and test, loss and accuracy; or the cursor's."""
    layout = picture.layout
    area = layout.loss or layout.accuracy
    if area is None:
        return
    x = area.x + area.width + 1
    columns = (x + 7, x + 15)
    for at, title in zip(columns, ("loss", "accuracy"), strict=True):
        grid.text(at, area.y, title, "muted")
    if found is not None:
        grid.text(x, area.y, str(found.first), "key", bold=True)
    listed = values(picture) if found is None else _read(found)
    listed.pop("undone", None)
    for row, (name, words) in enumerate(listed.items(), start=1):
        if row >= area.height:
            break
        grid.text(x, area.y + row, name, name)
        for at, word in zip(columns, words, strict=True):
            role = "nan" if word in ("nan", "inf") else name
            grid.text(at, area.y + row, word, role, bold=True)


def _strip(grid: Grid, picture: Picture, area: Area, which: int) -> None:
    """Beside a chart of one row: `0.025  0.159 test`."""
    words = values(picture)
    x = picture.layout.columns.now[0]
    x = grid.text(x, area.y, words["train"][which], "train", bold=True) + 2
    grid.spans(x, area.y, [(words["test"][which], "test", True), (" test", "test", False)])
