"""Part 3: the error walks back, layer by layer; what a layer leaves of it, before and now."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gradtui import catalog
from gradtui.core import text
from gradtui.core.language import mark, tr
from gradtui.core.records import Floats, Value
from gradtui.core.state import RunState
from gradtui.tui.grid import Spans, fit
from gradtui.tui.lesson.sheet import Sheet
from gradtui.tui.numbers import UNKNOWN

FORMULA: Spans = [
    ("δˡ", "ink", True), ("  =  ", "muted", False), ("f′(zˡ)", "growing", True),
    ("  ⊙  ", "muted", False), ("(Wˡ⁺¹)ᵀ δˡ⁺¹", "ink", False),
]  # fmt: skip
SHALLOW: Spans = [
    ("∂L/∂W[k,i]", "vanishing", True), ("  =  ", "muted", False),
    ("mean of (pₖ − yₖ) xᵢ", "ink", False),
]  # fmt: skip


def paint(sheet: Sheet, y: int, gap: int) -> int:
    """The formula, the gains before the last intervention and now, and what f′ can be."""
    layers = sheet.state.info.layers
    if len(layers) == 1:
        sheet.title(y, 3, "chain rule", mark("one layer: the error meets the weights at once"))
        sheet.put(sheet.indent, y + 1 + gap, SHALLOW)
        return y + 2 + gap
    right = sheet.put(sheet.indent, y + 2, FORMULA) + 3
    right = max(right, sheet.right)
    beside = sheet.edge - right >= 38
    end = _table(sheet, y if beside else y + 4, right if beside else sheet.indent)
    sheet.title(y, 3, "chain rule", mark("the error walks back, layer by layer"), right - 2)
    y = max(y + 3, end) + gap
    return sheet.wrapped(sheet.indent, y, _sentence(sheet.state), sheet.edge - sheet.indent)


def _table(sheet: Sheet, y: int, x: int) -> int:
    state = sheet.state
    hidden = len(state.info.layers) - 1
    steps = max(hidden - 1, 1)
    room = sheet.edge - x
    apart = (26, 13) if room >= 56 else (20, 11)
    ends = (x + room - apart[0], x + room - apart[1], x + room)
    heads = (
        ("mean f′", fit(f"at {_layer(state)}", 9)),
        ("gain", "a layer"),
        ("after", f"{steps} layer{'s' * (steps > 1)}"),
    )
    for end, pair in zip(ends, heads, strict=True):
        for row, word in enumerate(pair):
            sheet.ending(end, y + row, word, "faint")
    y += 2
    for name, signal, slope, now in _rows(state):
        role = "ink" if now else "muted"
        short = name.replace(", step", "").replace(",", "")
        label = name if len(name) <= ends[0] - x - 7 else fit(short, ends[0] - x - 7)
        sheet.text(x, y, label, role, bold=now)
        words = (_derivative(slope), *_gains(signal))
        for end, word, own in zip(ends, words, ("growing", role, role), strict=True):
            sheet.ending(end, y, word, own, bold=now)
        y += 1
    return y


def _layer(state: RunState) -> str:
    """The layer whose f′ is measured: the chosen one, or the last hidden one."""
    at = 0 if state.specimen is None else state.specimen.layer
    return state.info.layers[min(at, len(state.info.layers) - 2)]


def _rows(state: RunState) -> Sequence[tuple[str, Floats, float, bool]]:
    """(label, signal, mean f′, is it now) of the newest sample and of the one before."""
    rows = []
    now, before = state.specimen, state.specimen_before
    if state.ghost is not None:
        known = now is not None and before is not None and before.layer == now.layer
        slope = before.derivative if known and before is not None else math.nan
        label = f"{_activation(state, state.ghost.step)}, step {state.ghost.step}"
        rows.append((label, state.ghost.signal, slope, False))
    if state.sample is not None:
        slope = math.nan if now is None else now.derivative
        rows.append((f"{state.knobs['activation']}, now", state.sample.signal, slope, True))
    return rows


def _activation(state: RunState, step: int) -> Value:
    """What it was at this step: the old value of the first change behind it, or the present one."""
    later = (m for m in state.markers if m.knob == "activation" and m.step > step)
    return next((marker.old for marker in later), state.knobs["activation"])


def _gains(signal: Floats) -> tuple[str, str]:
    """Geometric mean of the gains from one hidden layer to the next, and their product."""
    rows = signal[:-1] if len(signal) > 2 else signal
    if not rows[-1]:
        return UNKNOWN, UNKNOWN
    total = float(rows[0]) / float(rows[-1])
    return _factor(total ** (1 / (len(rows) - 1))), _factor(total)


def _factor(value: float) -> str:
    """`×0.2310`, `×1.4e-9`; the gain has four digits, for it is taken to a power."""
    if not math.isfinite(value) or value == 0:
        return f"×{text.plain(value)}"
    return f"×{value:.4f}" if 0.01 <= value < 100 else f"×{text.number(value)}"


def _derivative(slope: float) -> str:
    if math.isnan(slope):
        return UNKNOWN
    return f"{slope:.3f}" if abs(slope) >= 5e-3 else text.number(slope)


def _sentence(state: RunState) -> Spans:
    name = str(state.knobs["activation"])
    entry = catalog.activation(name)
    spans: Spans = [
        (f"{name}: f′ = {entry.derivative};", "muted", False), (" ", "muted", False),
        (entry.bound.replace("'", "′"), "growing", True),
    ]  # fmt: skip
    if (residual := state.knobs.get("residual", "off")) != "off":
        spans = [
            *spans,
            (
                tr("   residual {value}: δ also goes round f′").format(value=residual),
                "muted",
                False,
            ),
        ]
    if state.knobs.get("norm", "none") != "none":
        spans = [*spans, (tr("   the norm stands between z and f"), "muted", False)]
    return spans
