"""The lesson: softmax, cross-entropy, chain rule and the update, with this run's own numbers."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from gradtui.core.commands import Choice, Teach
from gradtui.tui import looking
from gradtui.tui.lesson.page import LessonPage
from gradtui.tui.screens.lab import Lab
from gradtui.tui.screens.page import Page

FIRST = Choice(row=0, layer=0, weight=27)
"""Weight 27 comes from a pixel in the middle of an 8x8 digit; those of the rim are always blank."""


class Lesson(Page):
    """`j` `k` choose another row and weight, arrows the weight or the layer alone."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "dismiss", show=False, id="lesson"),
        Binding("j", "choose(1, 1)", show=False),
        Binding("k", "choose(-1, -1)", show=False),
        Binding("right", "choose(0, 1)", show=False),
        Binding("left", "choose(0, -1)", show=False),
        Binding("up", "climb(1)", show=False),
        Binding("down", "climb(-1)", show=False),
        Binding("tab", "turn", show=False),
        Binding("pagedown", "roll(5)", show=False),
        Binding("pageup", "roll(-5)", show=False),
    ]

    def __init__(self, lab: Lab) -> None:
        self.page = LessonPage()
        super().__init__(lab, self.page)
        self.row, self.weight = FIRST.row, FIRST.weight

    def on_mount(self) -> None:
        self._teach()

    def on_unmount(self) -> None:
        self.lab.bridge.send(Teach(None))

    def repaint(self, numbers: bool = True) -> None:
        """Everything here is numbers: what repaints without them has nothing to paint."""
        if numbers:
            super().repaint()

    def action_choose(self, rows: int, weights: int) -> None:
        """Another row, another weight; around at the ends of what there is."""
        self.row, self.weight = self.row + rows, self.weight + weights
        self._teach()

    def action_climb(self, layers: int) -> None:
        """The weight of another layer: the one that is selected in the lab, too."""
        looking.select(self.lab.view, None, layers)
        self._teach()

    def action_turn(self) -> None:
        """The next part, where they do not all fit."""
        self.page.turn()
        self.repaint()

    def action_roll(self, rows: int) -> None:
        self.page.scroll(rows)
        self.repaint()

    def _teach(self) -> None:
        self.lab.bridge.send(Teach(Choice(self.row, self.lab.view.selected, self.weight)))
