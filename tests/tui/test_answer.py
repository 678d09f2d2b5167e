"""What answers a key is painted first: the same rows as in a whole painting, and no others."""

from __future__ import annotations

import numpy as np
import pytest

from gradtui.core.records import Applied
from gradtui.tui.composer import Composer
from gradtui.tui.view import View
from tests.tui import scenes


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
