"""Parts 1 and 2: one row's logits become probabilities, and the true class has its price."""

from __future__ import annotations

import math

import numpy as np

from gradtui.core import text
from gradtui.core.frozen import frozen
from gradtui.core.language import mark, tr
from gradtui.core.specimen import Specimen
from gradtui.tui.grid import Spans, length
from gradtui.tui.lesson.formula import bracketed, four, signed
from gradtui.tui.lesson.sheet import MIDDLE, WIDE, Sheet

CLASSES = 12
"""More of them, and only the likeliest are listed."""
NUMERATOR, DENOMINATOR, SHARE = "exp zₖ", "Σⱼ exp zⱼ", "pₖ"
EQUALS = (" = ", "muted", False)
NEARLY = 0.01
"""Below it four digits of p say less than four digits of 1 − p."""
SMALLEST = 1e-300
"""Probabilities below it are 0 to a computer; their logarithm is taken another way."""


def paint(sheet: Sheet, y: int, _gap: int) -> int:
    """Formulas left, the table of the classes right; below each other where it is narrow."""
    beside = sheet.width >= MIDDLE
    limit = sheet.right - 2 if beside else sheet.edge
    sheet.title(y, 1, "softmax", mark("scores become probabilities"), limit)
    _fraction(sheet, y + 2)
    table = sheet.right if beside else 0
    below = y + 6
    if not beside and sheet.specimen is not None:
        below = _table(sheet, sheet.specimen, table, below) + 1
    sheet.title(below, 2, "cross-entropy", mark("the price of the true class"), limit)
    end = _price(sheet, below + 2, limit)
    if beside:
        if sheet.specimen is None:
            sheet.text(table, y, tr("the numbers come with the first step"), "muted")
        else:
            end = max(end, _table(sheet, sheet.specimen, table, y))
    return end


def _fraction(sheet: Sheet, y: int) -> None:
    (over, *_), (under, *_), (share, *_) = (
        sheet.words([(word, "ink", False)])[0] for word in (NUMERATOR, DENOMINATOR, SHARE)
    )
    x = sheet.put(sheet.indent, y + 1, [(share, "test", True), (" = ", "muted", False)])
    width = max(len(over), len(under))
    sheet.text(x + (width - len(over)) // 2, y, over)
    sheet.text(x, y + 1, "─" * width, "muted")
    sheet.text(x + (width - len(under)) // 2, y + 2, under)


def _price(sheet: Sheet, y: int, limit: int) -> int:
    """The loss of the row, and how it compares with the batch and with guessing."""
    x, s = sheet.indent, sheet.specimen
    sheet.put(x, y, [("L", "ink", True), EQUALS, ("−Σₖ yₖ ln pₖ", "ink", False)])
    lines: list[Spans] = [[("−ln p[y]", "ink", False)]]
    mean: Spans = []
    if s is not None:
        lines, mean = _worked(s, limit - x), _mean(sheet, s, limit - x)
    for line in lines:
        y += 1
        sheet.put(x + 1, y, [EQUALS, *line])
    if mean:
        y = sheet.wrapped(x, y + 1, mean, limit - x) - 1
    return y + 1


def _worked(s: Specimen, room: int) -> list[Spans]:
    """−ln p[y], where p[y] is all but 1 by what it lacks; from the logits where it is all but 0."""
    loss = (four(s.loss), "ink", True)
    p = float(s.probabilities[s.target])
    if p >= SMALLEST or not math.isfinite(p):
        worked: Spans = [("−ln ", "muted", False), (four(p), "test", True), EQUALS, loss]
        lacks = -math.expm1(-s.loss)
        if lacks < NEARLY:
            rest: Spans = [("−ln (1 − ", "muted", False), (four(lacks), "test", True)]
            rest = [*rest, (")", "muted", False)]
            if length([*rest, EQUALS, loss]) + 4 > room:  # four digits of p would tell no loss
                return [rest, [loss]]
            worked = [*rest, EQUALS, loss]
        return [[("−ln p[y]", "ink", False)], worked]
    top = float(s.logits.max())
    total = top + math.log(float(np.exp(s.logits - top).sum()))
    worked = [
        (signed(total), "ink", False), (" − ", "muted", False),
        (bracketed(float(s.logits[s.target])), "ink", False), EQUALS, loss,
    ]  # fmt: skip
    return [[("ln Σⱼ exp zⱼ − z[y]", "ink", False)], worked]


def _mean(sheet: Sheet, s: Specimen, room: int) -> Spans:
    batch: Spans = [
        (tr("mean over the batch of {rows}: ").format(rows=s.rows), "muted", False),
        (four(s.batch_loss), "ink", True),
    ]
    chance = text.loss(math.log(max(len(s.logits), 1)))
    guess: Spans = [(tr("   guessing: {chance}").format(chance=chance), "faint", False)]
    if sheet.width < WIDE and length(batch) > room:
        short = tr("mean of {rows}: ").format(rows=s.rows)
        batch = [(short, "muted", False), (four(s.batch_loss), "ink", True)]
    return [*batch, *guess]


@frozen
class Columns:
    """Where the columns of the table end, and how long its bars may get."""

    x: int
    logit: int
    share: int
    error: int
    bar: int
    half: int
    """Of the bar of the error, which goes both ways; 0: there is no room for one."""

    @classmethod
    def fitting(cls, x: int, room: int) -> Columns:
        bar = max(0, (room - 33) * 2 // 5)
        half = max(0, (room - 33 - bar) // 2)
        if room < 44:
            bar, half = max(0, room - 32), 0
        return cls(x, x + 13, x + 21, x + 31 + bar, bar, half)


def _table(sheet: Sheet, s: Specimen, x: int, y: int) -> int:
    """One line a class: logit, probability, error; the true class on a plate."""
    room = sheet.edge - x
    at = Columns.fitting(x, room)
    _whose(sheet, s, x, y, room)
    _heads(sheet, at, y + 1)
    y += 2
    for k in _listed(s):
        _class(sheet, s, at, y, k)
        y += 1
    return _others(sheet, s, x, y, at.share)


def _whose(sheet: Sheet, s: Specimen, x: int, y: int, room: int) -> None:
    """Which row this is, in as many words as there is room for."""
    true: Spans = [(tr("true class {k}").format(k=s.target), "muted", False)]
    long = tr("row {row} of this batch of {rows}   ").format(row=s.row, rows=s.rows)
    brief = tr("row {row} of {rows}   ").format(row=s.row, rows=s.rows)
    row: Spans = [(long, "ink", True)]
    trained = tr("   training row {row}").format(row=s.sample)
    full: Spans = [*row, *true, (trained, "faint", False)]
    short: Spans = [(brief, "ink", True), *true]
    forms: list[Spans] = [full, [*row, *true], short]
    sheet.put(x, y, next((form for form in forms if length(form) <= room), short))


def _heads(sheet: Sheet, at: Columns, y: int) -> None:
    sheet.text(at.x + 2, y, "k", "muted")
    sheet.ending(at.logit, y, "zₖ", "muted")
    sheet.ending(at.share, y, SHARE, "muted")
    long = sheet.words([("∂L/∂zₖ = pₖ − yₖ", "muted", False)])
    if at.half and length(long) <= at.error - at.share + 6:
        sheet.put(at.error + 6 - length(long), y, long)
    else:
        sheet.ending(at.error, y, "pₖ − yₖ", "muted")


def _class(sheet: Sheet, s: Specimen, at: Columns, y: int, k: int) -> None:
    p, true = float(s.probabilities[k]), k == s.target
    error, role = p - true, "ink" if true else "muted"
    if true:
        sheet.plate(max(at.x - 1, 0), y)
        sheet.text(at.x, y, "▸", "ink", bold=True)
    sheet.text(at.x + 2, y, str(k), role, bold=true)
    sheet.ending(at.logit, y, _logit(float(s.logits[k])), role)
    sheet.ending(at.share, y, _share(p), "test", bold=true)
    sheet.ending(at.error, y, _error(error), role, bold=true)
    if not math.isfinite(p):
        return
    sheet.bar(at.share + 1, y, at.bar * p, "test")
    center = at.error + 1 + at.half
    if error < 0:
        sheet.bar_left(center, y, -at.half * error, "growing")
    else:
        sheet.bar(center, y, at.half * error, "fading")


def _listed(s: Specimen) -> list[int]:
    """All classes, or the true one and the likeliest."""
    if len(s.logits) <= CLASSES:
        return list(range(len(s.logits)))
    likely = [int(k) for k in np.argsort(-s.probabilities) if k != s.target]
    return sorted([s.target, *likely[: CLASSES - 2]])


def _others(sheet: Sheet, s: Specimen, x: int, y: int, p_end: int) -> int:
    listed = _listed(s)
    left = len(s.logits) - len(listed)
    if left:
        rest = float(np.delete(s.probabilities, listed).sum())
        sheet.text(x + 2, y, tr("{count} others").format(count=left), "faint")
        sheet.ending(p_end, y, _share(rest), "test")
        y += 1
    return y


def _logit(z: float) -> str:
    if abs(z) >= 999.5 or not math.isfinite(z):
        return signed(z)
    return f"{z:+.3f}".replace("-", text.MINUS)


def _share(p: float) -> str:
    return f"{p:.3f}" if p >= 5e-4 else text.number(p)


def _error(value: float) -> str:
    if not math.isfinite(value) or value == 0:
        return text.plain(value)
    size = abs(value)
    sign = "+" if value > 0 else text.MINUS
    return f"{sign}{size:.3f}" if size >= 5e-4 else f"{sign}{text.number(size)}"
