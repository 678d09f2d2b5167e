"""The lines on top: which layer, its activation, what its neighbours pass on."""

from __future__ import annotations

import math

from gradtui import catalog
from gradtui.core import text
from gradtui.core.records import Floats
from gradtui.doctor.verdicts import verdicts
from gradtui.tui.detail.sheet import Sheet, widest
from gradtui.tui.draw.plain import spelt
from gradtui.tui.grid import Grid, Spans, fit, length
from gradtui.tui.panels import findings

TAPS = 9
"""Of a convolution."""
NAME = 16
"""Cells that a neighbour's name may take."""


def paint(grid: Grid, sheet: Sheet) -> None:
    """Name, shape, place, verdict: the name and the verdict never go."""
    layout = sheet.layout
    margin, room = _room(grid, sheet)
    info, at = sheet.state.info, sheet.layer
    verdict = verdicts(sheet.state)[at]
    words: Spans = [(f"{verdict.glyph} {verdict.word}".strip(), verdict.role, True)]
    since = next((f for f in findings.held(sheet.state) if sheet.name in f.layers), None)
    if since is not None:
        words = [*words, (f"   {findings.since(since)}", "muted", False)]
    shape, size = "", ""
    if info.shapes:
        into, out = info.shapes[at]
        shape = _shape(sheet, into, out)
        size = f"{text.thousands(into * out)} weights"
    place = f"layer {at + 1} of {len(info.layers)}"
    name: Spans = [(fit(sheet.name, max(room // 3, 8)), "ink", True)]
    forms = [
        [*name, *((f"   {word}", "muted", False) for word in context if word)]
        for context in ((shape, size, place), (shape, place), (place,), ())
    ]
    left = widest(forms, room - length(words) - 3)
    x = grid.spans(margin, layout.head, left)
    grid.spans(x + (3 if layout.compact else 6), layout.head, words)


def _shape(sheet: Sheet, into: int, out: int) -> str:
    """What the row multiplies by, as torch's modules have it, and what follows."""
    after = "" if sheet.is_plain else f", {sheet.state.knobs.get('activation', '')}"
    if sheet.name.endswith("embed"):
        return f"Embedding {into} → {out}{after}"
    if sheet.name.startswith("conv"):
        return f"Conv 3×3, {into // TAPS} → {out}{after}"
    return f"Linear {into} → {out}{after}"


def paint_formula(grid: Grid, sheet: Sheet) -> None:
    """f, f' and its bound, from the catalog."""
    if sheet.layout.formula is None:
        return
    margin, room = _room(grid, sheet)
    grid.spans(margin, sheet.layout.formula, widest(_formulas(sheet), room))


def _formulas(sheet: Sheet) -> list[Spans]:
    if sheet.is_last:
        return [[("logits", "ink", False), (": no activation follows them", "muted", False)], []]
    if sheet.is_plain:
        return [[(sheet.name, "ink", False), (": no activation follows it", "muted", False)], []]
    name = str(sheet.state.knobs.get("activation", ""))
    if name not in catalog.names("activations"):
        return [[(name, "ink", False)], []]
    entry = catalog.activation(name)
    head: Spans = [(f"{name}   ", "ink", False)]
    written = (entry.formula, entry.derivative, entry.bound)
    formula, derivative, limits = written if sheet.unicode else map(spelt, written)
    function: Spans = [("f(z) = ", "muted", False), (formula, "ink", False)]
    slope: Spans = [("   f' = ", "muted", False), (derivative, "ink", False)]
    bound: Spans = [(f"   {limits}", "mark", False)]
    source: Spans = [(f"   {entry.source}", "faint", False)]
    return [
        [*head, *function, *slope, *bound, *source], [*head, *function, *slope, *bound],
        [*function, *slope, *bound], [*slope, *bound], bound,
    ]  # fmt: skip


def paint_flow(grid: Grid, sheet: Sheet) -> None:
    """The signal from above through this layer to below; the outputs the other way."""
    if sheet.layout.flow is None:
        return
    margin, room = _room(grid, sheet)
    backward = _passed(sheet, sheet.now("signal"), down=True)
    forward = _passed(sheet, sheet.now("activation_std"), down=False)
    gap: Spans = [("      ", "muted", False)]
    back: Spans = [("backward  rms ∂L/∂z  ", "muted", False)]
    ahead: Spans = [("forward  std f(z)  ", "muted", False)]
    forms = [
        [*back, *backward, *gap, *ahead, *forward],
        [("∂L/∂z  ", "muted", False), *backward, ("   std  ", "muted", False), *forward],
        [*back, *backward],
        [("∂L/∂z  ", "muted", False), *backward],
        backward,
    ]
    grid.spans(margin, sheet.layout.flow, widest(forms, room))


def _passed(sheet: Sheet, values: Floats | None, *, down: bool) -> Spans:
    """`fc3 2.1e-3 ×0.77 fc2 1.6e-3 ×1.13 fc1 1.8e-3`, along the way that it takes."""
    if values is None:
        return [("–", "faint", False)]
    step = -1 if down else 1
    around = (sheet.layer - step, sheet.layer, sheet.layer + step)
    layers = [i for i in around if 0 <= i < len(values)]
    spans: list[tuple[str, str, bool]] = []
    for before, at in zip([None, *layers], layers, strict=False):
        if before is not None:
            spans.append((_gain(float(values[before]), float(values[at])), "muted", False))
        own = at == sheet.layer
        spans.append((fit(sheet.state.info.layers[at], NAME), "ink" if own else "muted", own))
        value = float(values[at])
        role = "ink" if math.isfinite(value) else "nan"
        spans.append((f" {text.number(value)}", role, own))
    return spans


def _gain(before: float, after: float) -> str:
    if not before > 0 or not math.isfinite(after):
        return " → "
    factor = after / before
    return f" {text.factor(factor)} → " if math.isfinite(factor) else " → "


def _room(grid: Grid, sheet: Sheet) -> tuple[int, int]:
    margin = sheet.picture.layout.columns.margin
    return margin, grid.width - 2 * margin
