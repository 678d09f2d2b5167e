"""Part 4: what this step does to one weight, in the optimizer's own formulas."""

from __future__ import annotations

import math

import numpy as np

from gradtui.core.language import mark, tr
from gradtui.core.specimen import Specimen
from gradtui.tui.actions import key_of
from gradtui.tui.grid import Spans, cells, length
from gradtui.tui.lesson import rule
from gradtui.tui.lesson.formula import Line, signed
from gradtui.tui.lesson.sheet import MIDDLE, Sheet

NAMES = {"sgd": "gradient descent", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop"}
NAN = (math.nan, math.nan)
_EMPTY = np.empty(0)


def paint(sheet: Sheet, y: int, gap: int) -> int:
    """Each formula with its numbers beside it, or below it where there is no room."""
    state, s = sheet.state, sheet.specimen
    known = s or _unknown(sheet)
    name = NAMES.get(str(known.knobs["optimizer"]), str(known.knobs["optimizer"]))
    lines = rule.lines(known)
    wide = max(length(sheet.words(line.formula())) for line in lines) + sheet.indent + 3
    most = max(length(sheet.words(line.numbers())) for line in lines)
    x = sheet.right if max(wide, 0) <= sheet.right and sheet.right + most <= sheet.edge else wide
    beside = x + most <= sheet.edge
    sentence = mark("every weight steps downhill")
    if s is None:
        sheet.title(y, 4, name, sentence)
    else:
        place = f"{state.info.layers[s.layer]}.weight[{s.weight[0]}, {s.weight[1]}]"
        at = sheet.right if sheet.width >= MIDDLE else sheet.edge - len(place)
        sheet.title(y, 4, name, sentence, at - 2)
        at = sheet.text(at, y, place, "ink", bold=True) + 3
        words = tr("from unit {i} into unit {k}").format(i=s.weight[1], k=s.weight[0])
        if at + cells(words) <= sheet.edge:
            sheet.text(at, y, words, "faint")
    y += 1 + gap
    for line in lines:
        y = _line(sheet, y, line, x if beside else 0, numbers=s is not None)
    if s is not None:
        y = _outcome(sheet, y + gap, s)
    return y


def _line(sheet: Sheet, y: int, line: Line, beside: int, *, numbers: bool) -> int:
    end = sheet.put(sheet.indent, y, line.formula())
    limit = beside if beside and numbers else sheet.edge
    note = tr(line.note)
    if note and end + 5 + cells(note) < limit:
        sheet.text(end + 3, y, note, "faint")
    if not numbers:
        return y + 1
    if beside:
        sheet.put(beside, y, line.numbers())
        return y + 1
    indent = sheet.indent + 3
    return sheet.wrapped(indent, y + 1, line.numbers(), sheet.edge - indent)


def _outcome(sheet: Sheet, y: int, s: Specimen) -> int:
    """How far the weight moved, and which keys change that."""
    moved = s.theta[1] - s.theta[0]
    if not s.updated:
        words: Spans = [(tr("not finite: no weight moves on such a gradient"), "nan", True)]
    elif moved:
        words = [(tr("θ moves by "), "muted", False), (signed(moved), "ink", True)]
    elif s.gradient:
        words = [(tr("θ stays: so small a change is lost beside it in float32"), "muted", False)]
    else:
        words = [(tr("θ stays: no gradient reaches this weight"), "muted", False)]
    table = {action.id: action for action in sheet.view.table}
    keys = [key for name in ("lr.up", "lr.down") if (key := key_of(table.get(name)))]
    hint: Spans = [
        *((key + " ", "key", True) for key in keys), (tr(" change α and watch"), "muted", False)
    ]  # fmt: skip
    room = sheet.edge - sheet.indent
    if keys and length(words) + length(hint) + 4 <= room:
        words = [*words, ("    ", "muted", False), *hint]
    return sheet.wrapped(sheet.indent, y, words, room)


def _unknown(sheet: Sheet) -> Specimen:
    """Before the first step: the formulas of the knobs, and no number."""
    none = math.nan
    knobs = {"optimizer": "sgd", "clip": "none", "decay": 0.0, **sheet.state.knobs}
    projects = none if knobs.get("regularizer") != "max_norm" else 0.0
    return Specimen(
        step=0, ahead=True, knobs={"adam_eps": "torch", **knobs}, row=0, rows=0, sample=0,
        target=0, logits=_EMPTY, probabilities=_EMPTY, loss=none, batch_loss=none, layer=0,
        weight=(0, 0), derivative=none, theta=NAN, loss_gradient=none, penalty_gradient=none,
        gradient_norm=none, gradient=none, first=NAN, second=NAN, updates=1, moved=none,
        unit_norm=projects, updated=True,
    )  # fmt: skip
