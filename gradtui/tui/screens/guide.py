"""The whole lesson as a page: the question, every task with its reason, the source."""

from __future__ import annotations

from gradtui import catalog
from gradtui.catalog import walk
from gradtui.catalog.walk import Mark, Walk
from gradtui.core.language import tr
from gradtui.core.lesson import Lesson, Task
from gradtui.tui.dashboard import Painter
from gradtui.tui.draw.plate import cut
from gradtui.tui.grid import Spans, length, wrap
from gradtui.tui.panels import task as panel
from gradtui.tui.screens.lab import Lab
from gradtui.tui.screens.window import Content, Window, keys

MARKS: dict[Mark, tuple[str, str]] = {
    "done": ("✓", "ok"), "passed": ("–", "muted"), "on": ("▸", "key"), "open": ("·", "faint"),
}  # fmt: skip
INDENT = 4


class Guide(Window[Lesson]):
    """Dismissed with the lesson to begin, or None. The run goes on below."""

    WIDTH = 96

    def __init__(self, lab: Lab, below: Painter, on: Walk) -> None:
        super().__init__(lab, below)
        self.walk = on
        self.begun = lab.view.walk is on

    def content(self, width: int, height: int) -> Content:
        lesson, unicode = self.walk.lesson, self.lab.view.unicode
        question = catalog.experiment(lesson.experiment).question
        head: list[Spans] = [
            [("lesson ", "key", True), (f"{lesson.name}   ", "ink", True)],
            *_wrapped(tr(question), 0, width, "ink"),
            [],
        ]
        body: list[Spans] = []
        for i, task in enumerate(lesson.tasks):
            body += [*self._told(i, task, width), []]
        body += _wrapped(tr(lesson.about), 0, width, "ink")
        if lesson.further:
            body += [[], *_wrapped(tr(lesson.further), 0, width, "ink")]
        body += [[], *_wrapped(f"{tr('Source')}: {lesson.source}", 0, width, "muted")]
        foot = [("esc", tr("close"))] if self.begun else [
            ("enter", tr("begin the lesson")), ("esc", tr("close"))
        ]  # fmt: skip
        shown = [panel.shown(line, unicode=unicode) for line in body]
        return Content(head, shown, [[], keys(*foot)])

    def _told(self, i: int, task: Task, width: int) -> list[Spans]:
        state = self.lab.view.state
        glyph, role = MARKS[self.walk.marks[i]]
        mark: Spans = [(f"{glyph} ", role, True), (f"{i + 1} ", "ink", True)]
        told = panel.say(task, self.lab.view.table, width, mark, 9)
        indent: Spans = [(" " * INDENT, "ink", False)]
        on = self.begun and self.walk.at == i
        waits = not on or (bool(task.press) and not self.walk.pressed(state))
        row = indent
        seen = self.walk.seen.get(i, (None,) * len(task.expect))
        for one, then in zip(task.expect, seen, strict=True):
            piece = panel.measured(state, one, waits=waits, seen=then)
            if length(row) > INDENT and length(row) + length(piece) > width:
                told.append(row)
                row = indent
            row = [*row, *piece]
        told.append(cut(row, width))
        told += _wrapped(tr(task.why), INDENT, width, "muted")
        if task.formula:
            told += _wrapped(walk.formula(task, state), INDENT, width, "ink")
        return told

    def key(self, key: str, character: str | None) -> None:
        rows = {"up": -1, "k": -1, "down": 1, "j": 1, "pageup": -10, "pagedown": 10, "space": 10,
                "home": -1000, "end": 1000}  # fmt: skip
        if key in rows:
            self.scroll(rows[key])
        elif key == "enter" and not self.begun:
            self.dismiss(self.walk.lesson)
        elif key in ("escape", "q", "L", "enter"):
            self.dismiss(None)


def _wrapped(text: str, indent: int, width: int, role: str) -> list[Spans]:
    return [[(" " * indent + line, role, False)] for line in wrap(text, max(width - indent, 8))]
