"""What answers a key is painted first: the same rows as in a whole painting, and no others."""

from __future__ import annotations

import numpy as np
import pytest

from gradtui.core.records import Applied, Notice, State
from gradtui.tui.app import GradtuiApp
from gradtui.tui.composer import Composer
from gradtui.tui.dashboard import Dashboard
from gradtui.tui.view import View
from tests.tui import scenes
from tests.tui.fake_source import FakeSource, frame, sample
from tests.tui.pilots import settled


def switched(view: View) -> View:
    """A knob was turned, and a sentence is said."""
    step = (view.state.step or 0) + 1
    view.state.reduce([Applied(step=step, knob="activation", old="sigmoid", value="tanh")])
    view.message = "something else"
    return view


@pytest.mark.parametrize(("width", "height"), [(160, 45), (80, 24), (40, 12)])
@pytest.mark.parametrize("unicode", [True, False])
def test_the_rows_that_answer_are_those_of_a_whole_painting(
    width: int, height: int, unicode: bool
) -> None:
    view, composer = scenes.vanished(), Composer()
    view.unicode = unicode
    before = composer.paint(view, width, height)
    answer = composer.answer(switched(view), width, height)
    after = composer.paint(view, width, height)
    assert answer is not None
    rows = composer.words()
    others = np.setdiff1d(np.arange(height), rows)
    for part in ("code", "style"):
        shown = getattr(answer, part)
        np.testing.assert_array_equal(shown[rows], getattr(after, part)[rows])
        np.testing.assert_array_equal(shown[others], getattr(before, part)[others])
    assert (answer.code[rows] != before.code[rows]).any()


def test_there_is_none_where_the_last_painting_does_not_fit() -> None:
    view, composer = scenes.vanished(), Composer()
    assert composer.answer(view, 80, 24) is None
    composer.paint(view, 80, 24)
    assert composer.answer(view, 81, 24) is None
    composer.paint(view, 20, 5)
    assert composer.answer(view, 20, 5) is None


async def test_what_was_asked_for_stands_in_the_knob_bar_until_it_is_applied() -> None:
    source = FakeSource((State(word="training"), frame([0]), sample(0)))
    source.answering = False
    app = GradtuiApp(source, environ={"TERM": "xterm-256color"})

    def screen() -> str:
        board = app.screen.query_one(Dashboard)
        return "\n".join(board.strip(y).text for y in range(board.size.height))

    async with app.run_test(size=(160, 45)) as pilot:
        await settled(pilot)
        await pilot.press("a", "a")
        assert "activation relu… " in screen()
        assert app.view.state.knobs["activation"] == "sigmoid"
        source.answer()
        await settled(pilot)
        assert "activation relu  " in screen()
        await pilot.press("plus")
        assert "lr 0.03…" in screen()
        source.queue.append(Notice(text="the learning rate stays.", step=0, refused="lr"))
        await settled(pilot)
        assert "lr 0.01 " in screen()
