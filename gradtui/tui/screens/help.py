"""The keys, out of the action table, and how to read the screen."""

from __future__ import annotations

from collections.abc import Sequence

from gradtui.core.language import tr
from gradtui.doctor import verdicts
from gradtui.tui.actions import GROUPS, RECORDED, Action, Group, lines
from gradtui.tui.draw.plate import beside
from gradtui.tui.grid import Spans, cells, wrap
from gradtui.tui.screens.window import Content, Window, keys

WIDE = 90
"""From this many columns on the page has two columns."""
KEYS, SIGN, VERDICT = 10, 10, 14
VERDICTS = (
    (verdicts.HEALTHY, "within 2 decades of out"),
    (verdicts.FADING, "2 to 4 decades below"),
    (verdicts.VANISHING, "more than 4 below"),
    (verdicts.GROWING, "2 to 4 above"),
    (verdicts.EXPLODING, "more than 4 above"),
    (verdicts.SATURATED, "more than 90 % flat"),
    (verdicts.DEAD, "all units give 0"),
    (verdicts.NO_SIGNAL, "exactly 0"),
    (verdicts.NOT_FINITE, "nan or inf"),
)
SIGNS = (
    ("▁▂▃▄▅▆▇", "_.-=*#", "ink", "height: the value, on one log axis"),
    ("▆▆▆▆▆▆▆", "######", "vanishing", "colour: decades from the output layer"),
    ("_ ∞ ×", "_ ! x", "nan", "lanes: zero, infinite, not a number"),
    ("⠑⢄⡀", "*", "ink", "profile: a slant decays, upright is well"),
    ("⠒⠒", "..", "fork", "grey: before the last intervention"),
    ("│", "|", "mark", "an intervention; before it, after it"),
)
HEADS = (
    "a knob changes the run at the next step; every change is marked",
    "every change is marked",
)


class Help(Window[None]):
    """A page over the lab; the run goes on below."""

    WIDTH = 106

    def content(self, width: int, height: int) -> Content:
        long, short = map(tr, HEADS)
        said = short if cells(long) + 7 > width else long
        head: list[Spans] = [[(tr("keys"), "key", True), (f"   {said}", "muted", False)], []]
        view = self.lab.view
        groups = RECORDED if view.state.info.recording else GROUPS
        shown = page(view.table, width, groups, unicode=view.unicode)
        return Content(head, shown, [[], keys(("esc", tr("close")))])

    def key(self, key: str, character: str | None) -> None:
        rows = {"up": -1, "k": -1, "down": 1, "j": 1, "pageup": -10, "pagedown": 10, "space": 10,
                "home": -1000, "end": 1000}  # fmt: skip
        if key in rows:
            self.scroll(rows[key])
        elif key in ("escape", "q", "question_mark", "enter"):
            self.dismiss(None)


def page(
    table: tuple[Action, ...],
    width: int,
    shown: tuple[Group, ...] = GROUPS,
    *,
    unicode: bool,
) -> list[Spans]:
    """The whole page in so many columns: two of them side by side where there is room."""
    wide = width >= WIDE
    column = (width - 2) // 2 if wide else width
    groups = [_group(table, name, column, unicode) for name in shown]
    signs, words = _signs(column, unicode), _verdicts(column)
    title: list[Spans] = [[], [(tr("how to read the screen"), "ink", True)]]
    if not wide:
        return [*_stack(groups), *title, *signs, [], *words]
    left, right = _halves(groups)
    return [
        *beside(_stack(left), _stack(right), column + 2), *title,
        *beside(signs, words, column + 2),
    ]  # fmt: skip


def _halves(groups: list[list[Spans]]) -> tuple[list[list[Spans]], list[list[Spans]]]:
    """The groups in two columns of their order, the first one in the left, as low as can be."""

    def parted(mask: int) -> tuple[list[list[Spans]], list[list[Spans]]]:
        left = [group for i, group in enumerate(groups) if not mask >> i & 1]
        return left, [group for i, group in enumerate(groups) if mask >> i & 1]

    masks = range(2 ** len(groups) - 2, 0, -2)
    return min(map(parted, masks), key=lambda halves: max(len(_stack(half)) for half in halves))


def _stack(blocks: Sequence[list[Spans]]) -> list[Spans]:
    """Blocks one below the other, a blank line between them."""
    return [line for i, block in enumerate(blocks) for line in ([[], *block] if i else block)]


def _entry(head: Spans, at: int, text: str, width: int) -> list[Spans]:
    """A word, and a text behind it that is wrapped."""
    taken = max(at, sum(cells(word) for word, _, _ in head) + 1)
    found: list[Spans] = []
    for i, line in enumerate(wrap(text, max(width - taken, 8))):
        gap = taken - (0 if i else sum(cells(word) for word, _, _ in head))
        before: Spans = [] if i else head
        found.append([*before, (" " * gap, "ink", False), (line, "muted", False)])
    return found


def _group(table: tuple[Action, ...], group: Group, width: int, unicode: bool) -> list[Spans]:
    found: list[Spans] = [[(tr(group), "ink", True)]]
    for name, text in lines(table, group, arrows=unicode):
        found += _entry([(name, "key", True)], KEYS, text, width)
    return found


def _signs(width: int, unicode: bool) -> list[Spans]:
    return [
        line
        for sign, plain, role, text in SIGNS
        for line in _entry([(sign if unicode else plain, role, False)], SIGN, tr(text), width)
    ]


def _verdicts(width: int) -> list[Spans]:
    return [
        line
        for verdict, text in VERDICTS
        for line in _entry(
            [(f"{verdict.glyph} {verdict.word}", verdict.role, False)], VERDICT, tr(text), width
        )
    ]
