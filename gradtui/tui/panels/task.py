"""The lesson on the main screen: what to do, what is expected and what is, why. A few quiet rows.

Rows are few, so what matters goes first: what to do, then the measures, the formula, the reason.
"""

from __future__ import annotations

from gradtui.catalog import walk
from gradtui.catalog.measures import MEASURES
from gradtui.catalog.walk import Walk
from gradtui.core.language import tr
from gradtui.core.lesson import Expectation, Task
from gradtui.core.state import RunState
from gradtui.tui.actions import Action, key_of
from gradtui.tui.draw.plate import cut, right
from gradtui.tui.grid import Grid, Spans, length, wrap
from gradtui.tui.lesson.formula import plain
from gradtui.tui.panels.picture import Picture
from gradtui.tui.view import View

ROOMY, MIDDLE = (110, 36), (60, 22)
"""Columns and rows from which the lesson takes five rows, and three; it always takes two."""
LONGEST_SAY = 2


def rows(view: View, width: int, height: int) -> int:
    """How many rows the lesson takes on a screen of this size."""
    if view.walk is None:
        return 0
    if width >= ROOMY[0] and height >= ROOMY[1]:
        return 5
    return 3 if width >= MIDDLE[0] and height >= MIDDLE[1] else 2


def paint(grid: Grid, picture: Picture) -> None:
    """Whole lines from the top of the lesson's area."""
    area, view = picture.layout.lesson, picture.view
    if area is None or view.walk is None:
        return
    margin = picture.layout.columns.margin
    part = grid.at(area)
    for y, spans in enumerate(lines(view, view.walk, area.width - 2 * margin, area.height)):
        part.spans(margin, y, shown(spans, unicode=view.unicode))


def lines(view: View, on: Walk, width: int, height: int) -> list[Spans]:
    """What the rows say, at most so many."""
    told: list[Spans] = [_head(view, on, width)] if height >= 5 else []
    task = on.task
    if task is None:
        return [*told, *_over(on, width, height - len(told))]
    mark: Spans = [] if told else [(f"{on.at + 1}/{len(on.marks)} ", "ink", True)]
    room = height - len(told)
    told += say(task, view.table, width, mark, min(room, LONGEST_SAY))
    left = height - len(told)
    reason: list[Spans] = [[(tr(task.why), "muted", False)]]
    formula: list[Spans] = [[(walk.formula(task, view.state), "ink", False)]] * bool(task.formula)
    below = [expected(view.state, on, task), *formula, *reason]
    return [*told, *(cut(spans, width) for spans in below[:left])]


def _head(view: View, on: Walk, width: int) -> Spans:
    """Which lesson, how far, its question; how to see it whole."""
    at = min(on.at + 1, len(on.marks))
    head: Spans = [
        (f"lesson {on.lesson.name}  ", "ink", True), (f"{at}/{len(on.marks)}  ", "ink", True),
        (tr(view.state.info.question), "muted", False),
    ]  # fmt: skip
    key = key_of(next((a for a in view.table if a.id == "guide"), None))
    return right(head, [(key, "key", True), (f" {tr('all of it')}", "muted", False)], width)


def _over(on: Walk, width: int, room: int) -> list[Spans]:
    done = on.marks.count("done")
    head: Spans = [
        ("✓ ", "ok", True), (tr("The lesson is over."), "ink", True),
        (f"  {done}/{len(on.marks)}  ", "muted", False),
    ]  # fmt: skip
    tail = [[(line, "ink", False)] for line in wrap(tr(on.lesson.further), width)]
    about: list[Spans] = [[(tr(on.lesson.about), "muted", False)]]
    told = [head, *tail, *about] if on.lesson.further else [head, *about]
    return [cut(spans, width) for spans in told[: max(room, 0)]]


def say(task: Task, table: tuple[Action, ...], width: int, mark: Spans, most: int) -> list[Spans]:
    """The sentence in at most so many lines behind a mark; its key in brass."""
    key = key_of(next((action for action in table if action.id == task.key), None))
    text = tr(task.say).replace("{key}", f"\x01{key}\x02" if key else "–")
    at = length(mark)
    found = wrap(text, max(width - at, 8))  # the two control characters take no cells
    told: list[Spans] = []
    for i, line in enumerate(found[:most]):
        more = "…" if i == most - 1 and len(found) > most else ""
        lead: Spans = [(" " * at, "ink", False)] if i else mark
        told.append(cut([*lead, *_keyed(line + more)], width))
    return told


def _keyed(line: str) -> Spans:
    before, start, rest = line.partition("\x01")
    if not start:
        return [(line.replace("\x02", ""), "ink", False)]
    key, _, after = rest.partition("\x02")
    return [(before, "ink", False), (key, "key", True), (after, "ink", False)]


def expected(state: RunState, on: Walk, task: Task) -> Spans:
    """Each measure with what it reads and where it is to lie; ticked where it does."""
    waits = bool(task.press) and not on.pressed(state)
    spans: list[tuple[str, str, bool]] = []
    for one in task.expect:
        spans += measured(state, one, waits=waits)
    return spans


def measured(
    state: RunState, one: Expectation, *, waits: bool = False, seen: str | None = None
) -> Spans:
    """`✓ slope +0.63 (+0.55 … +0.70)`; without the tick while something is still to be pressed.

    `seen` is what it read when its task was done: that stays.
    """
    good = seen is not None or (walk.holds(state, one) and not waits)
    return [
        ("✓ " if good else "· ", "ok" if good else "faint", good),
        (f"{MEASURES[one.measure].label} ", "muted", False),
        (seen or walk.reading(state, one), "ink", True),
        (f" ({walk.bounds(one)})  ", "faint", False),
    ]


def shown(spans: Spans, *, unicode: bool) -> Spans:
    """As this terminal can show them."""
    if unicode:
        return spans
    kept = {"✓ ": "+ ", "· ": ". "}
    return [(kept.get(word, plain(word)), role, bold) for word, role, bold in spans]
