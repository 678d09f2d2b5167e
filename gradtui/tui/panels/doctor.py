"""The doctor: what is wrong, where, since when, the evidence, what to try; or what was cured."""

from __future__ import annotations

import math

import numpy as np

from gradtui.core import text
from gradtui.core.language import tr
from gradtui.core.records import Finding
from gradtui.core.state import RunState
from gradtui.tui.grid import Area, Grid, Spans, cells, fit, length, wrap
from gradtui.tui.numbers import UNKNOWN
from gradtui.tui.panels import findings, says, theory
from gradtui.tui.panels.picture import Picture

EVIDENCE_LINES = 4
WHERE_AT = 14
"""Where the place of a finding starts, at most."""
BEFORE_AT, NOW_AT = 22, 31
"""Where the numbers of the table end."""


def paint(grid: Grid, picture: Picture) -> None:
    """Whole lines from the top; what does not fit below is left out."""
    area = picture.layout.doctor
    if area is None:
        return
    part = grid.at(area)
    for y, spans in enumerate(lines(picture, area)):
        part.spans(0, y, spans)


def lines(picture: Picture, area: Area) -> list[Spans]:
    """What the panel says, a line a row."""
    state = picture.state
    held, cure = findings.held(state), findings.cured(state)
    told = [*theory.lines(picture), _title(held, cured=cure is not None), []]
    if state.word == "failed" and state.cause:
        told += [[("■ failed", "exploding", True)], [], *_wrapped(state.cause, area.width), []]
    words = max((len(finding.name) for finding in held), default=0) + 2
    for finding in held:
        told += _head(finding, state, area.width, min(words + 3, WHERE_AT))
    if held:
        told += [[], *_evidence(held, area.width), []]
        told += _prescriptions(picture, area.height - len(told))
    elif cure is not None:
        told += _cure(picture, cure)
    return told + says.lines(picture, area.width, area.height - len(told))


def _title(held: list[Finding], *, cured: bool) -> Spans:
    count = f"{len(held)} finding{'s' * (len(held) > 1)}" if held else "no finding"
    return [("doctor   ", "ink", True), (count + " holds" * (cured and not held), "muted", False)]


def _head(finding: Finding, state: RunState, width: int, at: int) -> list[Spans]:
    glyph, role = findings.sign(finding)
    word = f"{glyph} {finding.name}"
    place = f"{findings.where(finding, state.info.layers)}, {findings.since(finding)}"
    head: Spans = [(f"{word:<{at - 2}}  ", role, True), (place, "muted", False)]
    if length(head) <= width:
        return [head]
    return [head[:1], [("  " + place, "muted", False)]]


def _wrapped(sentence: str, width: int) -> list[Spans]:
    return [[("  " + line, "ink", False)] for line in wrap(sentence, max(width - 2, 8))]


def _evidence(held: list[Finding], width: int) -> list[Spans]:
    sentences = [sentence for finding in held for sentence in finding.evidence]
    lines = [line for sentence in sentences for line in _wrapped(sentence, width)]
    return lines[:EVIDENCE_LINES]


def _prescriptions(picture: Picture, room: int) -> list[Spans]:
    listed = picture.view.prescriptions[: max(room - 1, 0)]
    lines: list[Spans] = [[(tr("try"), "muted", False)]] if listed else []
    for number, (knob, value) in enumerate(listed, start=1):
        lines.append([(f"{number}  ", "key", True), (findings.change(knob, value), "ink", False)])
    return lines


def _cure(picture: Picture, finding: Finding) -> list[Spans]:
    """What ended it, and a table of before and now."""
    marker = finding.cured_by
    if marker is None:
        return []
    ended = f"{finding.name}, {findings.since(finding)}"
    lines: list[Spans] = [
        [("✓ cured   ", "ok", True), (ended, "muted", False)],
        [],
        [
            (findings.change(marker.knob, marker.value), "mark", True),
            (f" at step {marker.step}", "ink", False),
        ],
        [],
        [(f"{'before':>{BEFORE_AT}}{'now':>{NOW_AT - BEFORE_AT}}", "faint", False)],
    ]
    for name, before, now, role in _table(picture, marker.step):
        gap = BEFORE_AT - cells(name)
        lines.append([
            (name, "ink", False), (f"{before:>{gap}}", "muted", False),
            (f"{now:>{NOW_AT - BEFORE_AT}}", role, True),
        ])  # fmt: skip
    lines += [[], *([[(sentence, "ink", False)]] if (sentence := _spread(picture)) else [])]
    return lines


def _table(picture: Picture, step: int) -> list[tuple[str, str, str, str]]:
    state = picture.state
    name = state.info.layers[0]
    ghost, sample = state.ghost, state.sample
    slopes = [text.signed(value) if math.isfinite(value) else UNKNOWN for value in picture.slopes]
    rows = [("slope", slopes[0], slopes[1], "ink")]
    if ghost is not None and sample is not None:
        signals = [text.number(float(s.signal[0])) for s in (ghost, sample)]
        rows.append((f"{fit(name, 8)} signal", signals[0], signals[1], "ink"))
    history = state.quantities["update_ratio"]
    earlier = np.flatnonzero(history.first < step)
    if len(earlier) and "update_ratio" in state.now:
        before = 10.0 ** float(history.last[earlier[-1], 0])
        now = float(state.now["update_ratio"][0])
        rows.append((f"{fit(name, 8)} update", text.number(before), text.number(now), "ink"))
    tests = [e for e in state.evals if e.step < step or (e.step == step and e.when == "before")]
    if tests and state.evals:
        old, new = tests[-1], state.evals[-1]
        rows.append(("test loss", text.loss(old.loss), text.loss(new.loss), "test"))
        rows.append(("test accuracy", text.share(old.accuracy), text.share(new.accuracy), "test"))
    return rows


def _spread(picture: Picture) -> str:
    sample = picture.state.sample
    if sample is None or not np.isfinite(sample.signal).all() or not (sample.signal > 0).all():
        return ""
    factor = float(sample.signal.max() / sample.signal.min())
    if factor >= 1000:
        return ""
    return tr("All signals lie within a factor of {factor}.").format(
        factor=max(2, math.ceil(factor))
    )
