"""The line over the footer: a message, or the doctor in one sentence where he has no panel."""

from __future__ import annotations

import math

from gradtui.core import text
from gradtui.core.in_time import reach
from gradtui.core.language import tr
from gradtui.core.records import Finding
from gradtui.tui.grid import Grid, Spans, cells, clip, length
from gradtui.tui.panels import cursor, findings, theory
from gradtui.tui.panels.picture import Picture


def paint(grid: Grid, picture: Picture) -> None:
    """What a key had to say goes first, then what the cursor reads, then the gravest finding.

    Why a run failed never goes, where no panel holds it.
    """
    layout = picture.layout
    grid.spans(layout.columns.margin, layout.finding, line(picture))


def line(picture: Picture) -> Spans:
    """What the line says, cut to the screen."""
    room = picture.layout.width - 2 * picture.layout.columns.margin
    return _cut(_line(picture, room), room)


def _line(picture: Picture, room: int) -> Spans:
    state = picture.state
    if (prompt := picture.view.prompt) is not None:
        ghost = "" if picture.mono else prompt.ghost
        hint = (f"   {prompt.hint(prompt.text)}", "muted", False)
        return [
            (f"{prompt.sign} ", "key", True), *prompt.line.spans(max(room // 2, 8), ghost), hint,
        ]  # fmt: skip
    if state.word == "failed" and state.cause and picture.layout.doctor is None:
        return _failure(picture, room)
    if picture.view.message:
        return [(picture.view.message, "ink", False)]
    if values := cursor.in_line(picture, room):
        return values
    if state.word == "starting":
        return [(state.cause or "starting", "muted", False)]
    if picture.layout.doctor is not None:
        return [(state.cause, "muted", False)]
    if compared := theory.line(picture, room):
        return compared
    held = findings.held(state)
    if held:
        return _finding(picture, held[0], room)
    cure = findings.cured(state)
    if cure is not None:
        return _cure(picture, cure, room)
    return [(state.cause or tr(state.info.question), "muted", False)]


def _failure(picture: Picture, room: int) -> Spans:
    """The cause; what a key had to say behind it, if there is room."""
    cause: Spans = [("■ failed: ", "exploding", True), (picture.state.cause, "ink", False)]
    said: Spans = [*cause, (f"   {picture.view.message}", "muted", False)]
    return said if length(said) <= room else cause


def _finding(picture: Picture, finding: Finding, room: int) -> Spans:
    """Head, as much evidence as there is room for, and what to try."""
    glyph, role = findings.sign(finding)
    head: Spans = [(f"{glyph} {finding.name}", role, True)]
    listed = picture.view.prescriptions
    tries = [_try(listed[:count]) for count in range(len(listed), 0, -1)]
    when = findings.since(finding)
    since: Spans = [(f" {when}", "muted", False)]
    clauses = [word.rstrip(".:。：") for word in finding.evidence]
    steep = picture.slopes[1]
    if finding.name in ("vanishing", "exploding") and math.isfinite(steep):
        clauses.append(tr("{factor} a layer").format(factor=text.factor(10.0**-steep)))
    evidence: list[Spans] = [
        [(tr(" {when}: {clause}. ").format(when=when, clause=word), "muted", False)]
        for word in clauses
    ]
    bare: Spans = [(tr(" {when}. ").format(when=when), "muted", False)]
    middles: list[Spans] = [*evidence, bare, [(" ", "muted", False)]]
    for tail in tries or [[]]:
        for middle in middles:
            line = [*head, *middle, *tail]
            if length(line) <= room:
                return line
    return [*head, *since]


def _try(listed: list[tuple[str, str | float | int]]) -> Spans:
    spans: list[tuple[str, str, bool]] = [(tr("Try"), "muted", False)]
    for number, (knob, value) in enumerate(listed, start=1):
        spans += [(f" {number}", "key", True), (f" {findings.brief(knob, value)}", "ink", False)]
    return spans


def _cure(picture: Picture, finding: Finding, room: int) -> Spans:
    marker = finding.cured_by
    by = findings.brief(marker.knob, marker.value) if marker else ""
    head: Spans = [("✓ cured ", "ok", True)]
    slopes: Spans = []
    before, now = picture.slopes
    in_time = finding.name.endswith(" in time")
    if in_time:
        slopes = _reaches(picture)
    elif math.isfinite(before) and math.isfinite(now):
        slopes = [
            (": slope ", "muted", False), (text.signed(before), "ink", False),
            (" → ", "muted", False), (text.signed(now), "ink", True),
        ]  # fmt: skip
    step = f" at step {marker.step}" if marker else ""
    long: Spans = [*head, (f"{finding.name}, by {by}{step}", "muted", False), *slopes]
    unit: Spans = [(" decades/layer", "muted", False)] if slopes and not in_time else []
    short: Spans = [*head, (f"by {by}", "muted", False), *slopes]
    return next((s for s in ([*long, *unit], long, short) if length(s) <= room), short)


def _reaches(picture: Picture) -> Spans:
    """How many time steps the gradient reached before the last intervention, and does now."""
    samples = [s for s in (picture.state.ghost, picture.state.sample) if s is not None]
    found = [reach(s.signal_time) for s in samples if s.signal_time is not None]
    if len(found) < 2:
        return []
    return [
        (": REACH ", "muted", False), (str(found[0]), "ink", False),
        (" → ", "muted", False), (str(found[1]), "ink", True), (" steps", "muted", False),
    ]  # fmt: skip


def _cut(spans: Spans, room: int) -> Spans:
    """The pieces that fit; the last one ends in `…` where it does not."""
    kept: list[tuple[str, str, bool]] = []
    for word, role, bold in spans:
        left = room - length(kept)
        if cells(word) <= left:
            kept.append((word, role, bold))
        elif left > 0:
            return [*kept, (clip(word, left - 1) + "…", role, bold)]
    return kept
