"""One panel's histogram: before the last intervention above, now below, on one axis."""

from __future__ import annotations

import math

import numpy as np

from gradtui.core import text
from gradtui.core.histograms import Kind
from gradtui.core.spread import Spread
from gradtui.core.text import MINUS
from gradtui.tui import numbers
from gradtui.tui.detail.sheet import Sheet, widest
from gradtui.tui.draw import histogram
from gradtui.tui.grid import Area, Grid, Spans, clip, fit, length
from gradtui.tui.panels.lanes import NAMED_BY_VALUE

SYMBOLS: dict[Kind, str] = {
    "weights": "W", "gradients": "log₁₀ |∂L/∂W|", "activations": "f(z)"
}  # fmt: skip
LEAST_ROWS = 5
"""Of a panel that shows two histograms."""


def paint(grid: Grid, sheet: Sheet) -> None:
    """All panels, and the names of the two rows of bars."""
    layout = sheet.layout
    before = _rows_before(sheet)
    now_at = layout.histogram + before + (1 if before else 0)
    for kind, x, width in sheet.panels():
        row = grid.at(Area(x, layout.titles, width, 1))
        spread = sheet.spread(kind)
        if spread is None:
            _title(row, sheet, kind, None, "muted")
            grid.text(x, layout.histogram, clip("none recorded yet", width), "faint")
            continue
        ghost = sheet.spread(kind, before=True) if before else None
        _title(row, sheet, kind, ghost or spread, "muted" if ghost else "ink")
        ends = _ends(kind, sheet.layer, [one for one in (spread, ghost) if one is not None])
        edges = np.linspace(*ends, width + 1)
        if ghost is not None:
            part = grid.at(Area(x, layout.histogram, width, before))
            _bars(part, sheet, ghost, edges, "fork")
            _between(grid.at(Area(x, now_at - 1, width, 1)), sheet, kind, spread)
        rows = layout.values - now_at
        role = sheet.colour if kind == "gradients" else "muted"
        _bars(grid.at(Area(x, now_at, width, rows)), sheet, spread, edges, role)
        _axis(grid.at(Area(x, layout.values, width, 1)), kind, ends, unicode=sheet.unicode)
    if before:
        _names(grid, sheet, now_at)


def paint_over_time(grid: Grid, sheet: Sheet) -> None:
    """The same panels as columns of heat on the time axis of the charts below."""
    layout = sheet.layout
    rows = layout.values - layout.histogram + 1
    for kind, x, width in sheet.panels():
        strip = sheet.state.histograms.strip(kind, sheet.layer)
        row = grid.at(Area(x, layout.titles, width, 1))
        _title(row, sheet, kind, sheet.spread(kind), "ink")
        known = np.isfinite(strip.low)
        if not known.any():
            grid.text(x, layout.histogram, clip("none recorded yet", width), "faint")
            continue
        ends = _axis_ends(kind, float(strip.low[known].min()), float(strip.high[known].max()))
        edges = np.linspace(*ends, rows + 1)
        shares = np.array([
            histogram.resample(counts, low, high, edges)[::-1]
            for counts, low, high in zip(strip.shares, strip.low, strip.high, strict=True)
        ])  # fmt: skip
        part = grid.at(Area(x, layout.histogram, width, rows))
        columns = histogram.newest(strip.steps, sheet.timeline)
        role = sheet.colour if kind == "gradients" else "muted"
        histogram.heat(part, columns, shares, role, unicode=sheet.unicode)
        for y, value in ((0, ends[1]), (rows - 1, ends[0])):
            label = _label(kind, value, unicode=sheet.unicode)
            grid.right(x - 1, layout.histogram + y, label, "faint")


def _rows_before(sheet: Sheet) -> int:
    """Rows of the bars from before; 0 where there are none."""
    rows = sheet.layout.histogram_rows
    return (rows - 1) * 2 // 5 if sheet.has_ghost and rows >= LEAST_ROWS else 0


def _bars(part: Grid, sheet: Sheet, spread: Spread, edges: histogram.Floats, role: str) -> None:
    at = sheet.layer
    low, high = float(spread.low[at]), float(spread.high[at])
    found = histogram.resample(spread.counts[at], low, high, edges)
    histogram.bars(part, found, role, unicode=sheet.unicode)


def _ends(kind: Kind, layer: int, spreads: list[Spread]) -> tuple[float, float]:
    """The axis that shows all of them."""
    lows = [float(s.low[layer]) for s in spreads if math.isfinite(s.low[layer])]
    highs = [float(s.high[layer]) for s in spreads if math.isfinite(s.high[layer])]
    return _axis_ends(kind, min(lows, default=-1.0), max(highs, default=1.0))


def _axis_ends(kind: Kind, low: float, high: float) -> tuple[float, float]:
    make = histogram.decades if kind == "gradients" else histogram.linear_ends
    return make(low, high)


def _title(row: Grid, sheet: Sheet, kind: Kind, spread: Spread | None, role: str) -> None:
    """Name and symbol left, moments right, as much of them as fits."""
    moments = [] if spread is None else _moments(kind, spread, sheet.layer, role)
    x = row.text(0, 0, kind, "ink", bold=True)
    chosen = widest(moments, row.width - x - 2)
    if x + 2 + len(SYMBOLS[kind]) + 2 + length(chosen) <= row.width:
        row.text(x + 2, 0, SYMBOLS[kind], "muted")
    row.spans(row.width - length(chosen), 0, chosen)


def _between(row: Grid, sheet: Sheet, kind: Kind, spread: Spread) -> None:
    """The line between the two, with the moments of the one below."""
    words = widest(_moments(kind, spread, sheet.layer, "ink"), row.width)
    rule = "─" if sheet.unicode else "-"
    row.text(0, 0, rule * (row.width - length(words) - bool(words)), "rule")
    row.spans(row.width - length(words), 0, words)


def _moments(kind: Kind, spread: Spread, layer: int, role: str) -> list[Spans]:
    """The longest wording first: what is not a number, then what the numbers are like."""
    counted = int(spread.counts[layer].sum())
    zeros, infs, nans = (int(n[layer]) for n in (spread.zeros, spread.infs, spread.nans))
    total = counted + infs + nans + (zeros if kind == "gradients" else 0)
    flaws: list[tuple[str, str, bool]] = []
    for word, count, own in (("nan", nans, "nan"), ("inf", infs, "exploding")):
        if count:
            flaws.append((f"{word} {text.share(count / total)}   ", own, True))
    if kind == "gradients" and zeros:
        if zeros == total:
            return [[("all are 0", "dead", True)]]
        flaws.append((f"zero {text.share(zeros / total)}   ", "dead", False))
    if not counted:
        return [[(word.strip(), own, bold) for word, own, bold in flaws], []]
    if kind == "gradients":
        low, high = float(spread.low[layer]), float(spread.high[layer])
        value = text.number(10 ** histogram.median(spread.counts[layer], low, high))
        forms = [f"median {value}", f"med {value}", value]
    else:
        mean, std = _pair(float(spread.mean[layer]), float(spread.std[layer]))
        forms = [f"mean {mean}   std {std}", f"{mean} ± {std}", f"± {std}"]
    spans: list[Spans] = [[*flaws, (form, role, False)] for form in forms]
    return [*spans, flaws[:1], []]


def _pair(mean: float, std: float) -> tuple[str, str]:
    """Mean with its sign, and std: three decimals where those say something of both."""
    if 0.005 <= std < 1e3 and abs(mean) < 1e3:
        words = f"{round(mean, 3) + 0.0:+.3f}", f"{std:.3f}"
    else:
        words = f"{'-' if mean < 0 else '+'}{text.number(abs(mean))}", text.number(std)
    return words[0].replace("-", MINUS, 1 if mean < 0 else 0), words[1]


def _label(kind: Kind, value: float, *, unicode: bool) -> str:
    """A number of an axis."""
    if kind == "gradients":
        return numbers.power(round(value), unicode=unicode)
    return numbers.knob(round(value, 12)).replace("-", MINUS, 1 if value < 0 else 0)


def _axis(row: Grid, kind: Kind, ends: tuple[float, float], *, unicode: bool) -> None:
    """Both ends, and zero or the middle between them."""
    low, high = ends
    middle = 0.0 if low < 0 < high and kind != "gradients" else (low + high) / 2
    if kind == "gradients":
        middle = round(middle)
    words = [_label(kind, value, unicode=unicode) for value in (low, middle, high)]
    at = round((middle - low) / (high - low) * row.width) - len(words[1]) // 2
    row.text(0, 0, words[0], "faint")
    row.right(row.width, 0, words[2], "faint")
    if len(words[0]) < at and at + len(words[1]) < row.width - len(words[2]):
        row.text(at, 0, words[1], "faint")


def _names(grid: Grid, sheet: Sheet, now_at: int) -> None:
    """In the first gutter: the step and the knob's value before, and now."""
    layout, ghost = sheet.layout, sheet.state.histograms.ghost
    room = layout.panels[0][0] - 1 - sheet.picture.layout.columns.margin
    x = sheet.picture.layout.columns.margin
    if ghost is None:
        return
    step = f"step {ghost.step}"
    if layout.compact or len(step) > room:  # a number that is cut would be another number
        step = str(ghost.step)
    lines = [(layout.histogram, step, "muted", False), (now_at, "now", "ink", True)]
    if (marker := sheet.marker) is not None:
        named = marker.knob in NAMED_BY_VALUE or layout.compact
        for y, value, role in (
            (layout.histogram, marker.old, "muted"),
            (now_at, marker.value, "mark"),
        ):
            word = numbers.knob(value)
            lines.append((y + 1, word if named else f"{marker.knob} {word}", role, False))
    for y, words, role, bold in lines:
        if y != now_at - 1:
            grid.text(x, y, fit(words, room), role, bold=bold)
