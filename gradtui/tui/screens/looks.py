"""The keys that change what a person sees, and nothing of the run."""

from __future__ import annotations

from gradtui.tui import cursor, looking, window
from gradtui.tui.screens.inputs import Inputs
from gradtui.tui.view import ORDINATES, QUANTITIES, following


class Looks(Inputs):
    """What these actions of the table do, by their names."""

    def say(self, sentence: str) -> None:
        """A sentence for the finding line."""
        raise NotImplementedError

    def do_quantity(self) -> None:
        self.view.quantity = following(QUANTITIES, self.view.quantity)

    def do_select(self, lanes: int) -> None:
        looking.select(self.view, self._composer.picture, lanes)

    def do_lane(self, way: int) -> None:
        looking.fold(self.view, self._composer.picture, way)

    def do_filter(self) -> None:
        self.at_home("layers by name")
        looking.ask(self.view)

    def do_order(self) -> None:
        looking.reorder(self.view)

    def do_back(self) -> None:
        looking.back(self.view)

    def do_chart(self) -> None:
        self.view.chart = "accuracy" if self.view.chart == "loss" else "loss"

    def do_cursor(self) -> None:
        if (axis := self._composer.timeline) is not None:
            cursor.toggle(self.view, axis)

    def do_move(self, columns: int) -> None:
        if (axis := self._composer.timeline) is not None:
            cursor.move(self.view, axis, columns)

    def do_window(self) -> None:
        self.view.window = following(window.WINDOWS, self.view.window)
        self.say(window.sentence(self.view))

    def do_ordinate(self) -> None:
        self.view.ordinate = following(tuple(ORDINATES), self.view.ordinate)
        self.say(ORDINATES[self.view.ordinate])
