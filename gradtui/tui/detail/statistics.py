"""The layer's statistics over time: two charts a panel, on the panel's time axis."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import numpy as np

from gradtui import catalog
from gradtui.core import text
from gradtui.core.frozen import frozen
from gradtui.core.histograms import Kind
from gradtui.core.history import History
from gradtui.core.text import MINUS
from gradtui.tui import numbers
from gradtui.tui.detail.layout import Chart
from gradtui.tui.detail.sheet import Sheet, widest
from gradtui.tui.draw import chart, histogram
from gradtui.tui.draw.chart import Scale
from gradtui.tui.draw.series import Floats, Series, series
from gradtui.tui.grid import BLANK, Area, Grid
from gradtui.tui.inks import ink
from gradtui.tui.panels import lanes
from gradtui.tui.panels.charts import number_steps


@frozen
class Statistic:
    """A quantity of the run state as one chart."""

    name: str
    title: str
    formula: str
    scale: Literal["log", "near", "linear", "share"] = "log"
    """near: linear while it changes by less than a decade."""


SIGNAL = Statistic("signal", "signal", "rms ∂L/∂z")
GRAD_NORM = Statistic("grad_norm", "grad norm", "‖∂L/∂W‖")
WEIGHT_NORM = Statistic("weight_norm", "weight norm", "‖W‖", "near")
UPDATE = Statistic("update_ratio", "update", "‖ΔW‖ / ‖W‖")
OUTPUTS = Statistic("activation_mean", "activation", "mean ± std", "linear")
SATURATED = Statistic("saturated", "saturated", "share at a flat end", "share")
DEAD = Statistic("dead", "dead", "share of units ≤ 0", "share")
BIAS = Statistic("bias_rms", "bias", "rms ∂L/∂b")
SHARES = (0.1, 0.25, 0.5, 1.0)
NEAR = 1.0
"""Decades within which a statistic that is `near` is linear."""
LEAST_DECADES = 2


def statistics(sheet: Sheet, kind: Kind) -> tuple[Statistic, Statistic]:
    """The two of a panel; the share that means something for the present activation."""
    if kind == "weights":
        return WEIGHT_NORM, UPDATE
    if kind == "gradients":
        return SIGNAL, GRAD_NORM
    name = str(sheet.state.knobs.get("activation", ""))
    entry = catalog.activation(name) if name in catalog.names("activations") else None
    if entry is None or sheet.is_last:
        return OUTPUTS, BIAS
    if entry.saturated is not None:
        return OUTPUTS, SATURATED
    return OUTPUTS, DEAD if entry.can_die else BIAS


def paint(grid: Grid, sheet: Sheet) -> None:
    """All charts, the markers through them, and the step axes."""
    for kind, x, width in sheet.panels():
        pair = statistics(sheet, kind)
        for statistic, place in zip(pair, sheet.layout.charts, strict=False):
            _paint(grid, sheet, statistic, place, x, width)
        if sheet.layout.axis is not None and sheet.state.step is not None:
            row = grid.at(Area(x, sheet.layout.axis, width, 1))
            number_steps(row, sheet.timeline, [])
        _lines(grid, sheet, x)
    if sheet.layout.axis is not None:
        grid.right(sheet.layout.panels[0][0] - 1, sheet.layout.axis, "step", "muted")


def _paint(grid: Grid, sheet: Sheet, what: Statistic, place: Chart, x: int, width: int) -> None:
    history = sheet.state.quantities[what.name].layer(sheet.layer)
    drawn, linear = _series(sheet, what, history)
    scale = _scale(what, drawn, linear=linear)
    part = grid.at(Area(x, place.y, width, place.rows))
    none = np.full(2 * width, np.nan)
    chart.paint(
        part, scale, drawn, none, math.nan, sheet.timeline.marked,
        colors=sheet.picture.view.colors, unicode=sheet.unicode,
    )  # fmt: skip
    if what.scale in ("log", "near"):
        _zeros(part, sheet, history)
    for y, value in ((0, scale.high), (place.rows - 1, scale.low)):
        label = _label(what, value, linear=linear, unicode=sheet.unicode)
        grid.right(x - 1, place.y + y, label, "faint")
    top = place is sheet.layout.charts[0]
    _title(grid.at(Area(x, place.title, width, 1)), sheet, what, labelled=top)


def _series(sheet: Sheet, what: Statistic, history: History) -> tuple[Series, bool]:
    """The lines, and whether they are linear."""
    found = series(history, sheet.timeline)
    if what.scale == "near":
        known = np.concatenate([found.low, found.high])
        known = known[np.isfinite(known)]
        if len(known) and known.max() - known.min() < NEAR:
            return series(history, sheet.timeline, linear=True), True
    if what.scale == "share":  # one that is not defined is no fault
        return replace(found, lost=np.zeros_like(found.lost)), True
    if what is not OUTPUTS:
        return found, what.scale == "linear"
    spread = sheet.state.quantities["activation_std"].layer(sheet.layer)
    mean, std = _columns(found.line), _columns(series(spread, sheet.timeline).line)
    return replace(found, low=mean - std, high=mean + std), True


def _columns(line: Floats) -> Floats:
    """The mean of a line's two halves of each column; nan where it has none."""
    halves = line.reshape(-1, 2)
    known = np.isfinite(halves)
    count = known.sum(axis=1)
    total = np.where(known, halves, 0).sum(axis=1)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def _scale(what: Statistic, drawn: Series, *, linear: bool) -> Scale:
    values = np.concatenate([drawn.line, drawn.low, drawn.high])
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    if what.scale == "share":
        return Scale(0.0, next((top for top in SHARES if top >= high), 1.0))
    if linear:
        return Scale(*histogram.linear_ends(low, high))
    return Scale(*histogram.decades(low, high, LEAST_DECADES))


def _label(what: Statistic, value: float, *, linear: bool, unicode: bool) -> str:
    if what.scale == "share":
        return f"{100 * value:.0f} %" if value else "0"
    if not linear:
        return numbers.power(round(value), unicode=unicode)
    return numbers.knob(float(f"{value:.4g}")).replace("-", MINUS, 1 if value < 0 else 0)


def _zeros(part: Grid, sheet: Sheet, history: History) -> None:
    """A flatline where the value is 0 at half of the steps or more."""
    at = histogram.newest(history.first, sheet.timeline)
    flat = (history.zeros[:, 0] > 0) & (history.zeros[:, 0] >= history.count[:, 0])
    free = (part.code[-1] == BLANK) | (part.style[-1] == ink("rule"))
    here = (at >= 0) & np.append(flat, False)[at] & free
    part.code[-1, here] = ord("_" if sheet.unicode else "0")
    part.style[-1, here] = ink("dead")


def _title(row: Grid, sheet: Sheet, what: Statistic, *, labelled: bool) -> None:
    """Title and formula left, the newest value right, between them the markers."""
    now = sheet.now(what.name)
    words, role = _now(what, math.nan if now is None else float(now[sheet.layer]), now is not None)
    end = row.width - len(words)
    row.text(end, 0, words, role, bold=True)
    first = min((column for column in sheet.timeline.marked if column < end), default=end)
    head = (what.title, "ink", True)
    forms = [[head, ("  " + what.formula, "muted", False)], [head]]
    row.spans(0, 0, widest(forms, first - 1) or widest(forms[1:], end - 1))
    part = row.at(Area(0, 0, max(end - 1, 0), 1))
    markers = sheet.state.markers if labelled else []
    lanes.mark(part, sheet.timeline, markers, width=part.width, short=True)


def _now(what: Statistic, value: float, known: bool) -> tuple[str, str]:
    """The newest value in words, and its role."""
    if not known or (what.scale == "share" and math.isnan(value)):
        return numbers.UNKNOWN, "faint"
    if not math.isfinite(value):
        return text.plain(value), "nan" if math.isnan(value) else "exploding"
    if what.scale == "share":
        return text.share(value), "ink"
    if what.scale == "near":
        return f"{value:.3f}" if 1e-2 <= value < 1e4 else text.number(value), "ink"
    if what.scale == "linear":
        written = f"{value:.3f}" if abs(value) < 1e3 else text.number(value)
        return written.replace("-", MINUS, 1 if value < 0 else 0), "ink"
    return text.number(value), "ink"


def _lines(grid: Grid, sheet: Sheet, x: int) -> None:
    """The markers' lines through the charts, and through the strips above them."""
    layout = sheet.layout
    spans = [(place.y, place.rows) for place in layout.charts]
    if sheet.over_time:
        spans.append((layout.histogram, layout.values - layout.histogram + 1))
    for column in sheet.timeline.marked:
        for y, rows in spans:
            part = grid.at(Area(x + column, y, 1, rows))
            free = part.code[:, 0] == BLANK
            part.code[free, 0] = ord("│" if sheet.unicode else "|")
            part.style[free, 0] = ink("markline")
