"""The line of a demo: above the footer of every screen, and nowhere without a demo."""

from __future__ import annotations

import pytest

from gradtui.tui import caption
from gradtui.tui.composer import Composer
from gradtui.tui.grid import Grid
from gradtui.tui.view import View
from tests.tui import scenes


def painted(view: View, width: int, height: int) -> list[str]:
    """As the dashboard does it."""
    line = caption.has_line(view, height)
    grid = Composer().paint(view, width, height - line)
    shown: Grid = caption.lay(view, grid) if line else grid
    assert (shown.width, shown.height) == (width, height)
    return shown.lines()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 36), (160, 45), (40, 13)])
def test_it_stands_above_the_footer_and_takes_one_row(width: int, height: int) -> None:
    view = scenes.vanished()
    view.caption = "What there is to see."
    rows = painted(view, width, height)
    assert rows[-2].strip() == "What there is to see."
    lower = painted(scenes.vanished(), width, height - 1)
    assert [*rows[:-2], rows[-1]] == lower


def test_its_place_stays_while_nothing_is_said() -> None:
    view = scenes.vanished()
    view.caption = ""
    empty = painted(view, 80, 24)
    view.caption = "Something."
    assert empty[-2].strip() == ""
    assert [row for row in painted(view, 80, 24) if "Something." not in row] == [
        row for i, row in enumerate(empty) if i != 22
    ]


def test_it_goes_where_there_is_no_room() -> None:
    view = scenes.vanished()
    view.caption = "What there is to see."
    assert not any("to see" in row for row in painted(view, 40, 12))


def test_a_long_one_ends_in_dots_and_control_characters_are_not_sent() -> None:
    view = scenes.vanished()
    view.caption = "手" * 50
    row = painted(view, 80, 24)[-2]
    assert row.rstrip().endswith("…")
    view.caption = "a\x1b[2Jb"
    assert "\x1b" not in painted(view, 80, 24)[-2]


def test_another_run_keeps_it() -> None:
    view = scenes.vanished()
    view.caption = "Still here."
    assert view.fresh(view.state).caption == "Still here."


def test_the_mouse_finds_what_it_points_at() -> None:
    view = scenes.vanished()
    assert [caption.row_below(view, 24, y) for y in (0, 21, 22, 23)] == [0, 21, 22, 23]
    view.caption = ""
    assert [caption.row_below(view, 24, y) for y in (0, 21, 22, 23)] == [0, 21, None, 22]
