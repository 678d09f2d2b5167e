"""What is written to the terminal shows the grid, for a terminal that is not ours."""

from __future__ import annotations

import numpy as np
import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradtui.tui import theme
from gradtui.tui.composer import Composer
from gradtui.tui.draw.ansi import Pen, written
from gradtui.tui.grid import TAIL, Grid
from gradtui.tui.view import Colors
from tests.tui import scenes

PEN = Pen(theme.load("dark"))


def whole(grid: Grid) -> np.ndarray:
    return np.ones(grid.code.shape, bool)


def terminal(width: int, height: int) -> tuple[pyte.Screen, pyte.Stream]:
    screen = pyte.Screen(width, height)
    return screen, pyte.Stream(screen)


def looks(screen: pyte.Screen) -> list[list[tuple[str, str, str, bool, bool]]]:
    """Of each cell: character, colours, bold, reverse."""
    cells = [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)]
    return [[(c.data, c.fg, c.bg, c.bold, c.reverse) for c in row] for row in cells]


@pytest.mark.parametrize("size", [(160, 45), (80, 24), (40, 12)])
def test_changes_on_the_old_screen_give_the_new_one(size: tuple[int, int]) -> None:
    before = Composer().paint(scenes.vanished(), *size)
    after = Composer().paint(scenes.cured(), *size)
    changed = (before.code != after.code) | (before.style != after.style)
    assert 0 < changed.sum() < changed.size
    (one, stream), (other, fresh) = terminal(*size), terminal(*size)
    stream.feed(written(before, PEN, whole(before)))
    update = written(after, PEN, changed)
    stream.feed(update)
    fresh.feed(written(after, PEN, whole(after)))
    assert looks(one) == looks(other)
    assert len(update) < len(written(after, PEN, whole(after)))
    assert one.display == after.lines()


@settings(deadline=None)
@given(st.data())
def test_any_cells_of_any_grid(data: st.DataObject) -> None:
    width, height = data.draw(st.integers(1, 30)), data.draw(st.integers(1, 4))
    r = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    old, new = Grid.blank(width, height), Grid.blank(width, height)
    for y in range(height):
        old.text(0, y, "".join(r.choice(list("ab "), width)))
        new.text(0, y, "".join(r.choice(list("ab "), width)), str(r.choice(["ink", "mark"])))
    some = r.random((height, width)) < data.draw(st.floats(0, 1))
    shown = Grid(np.where(some, new.code, old.code), np.where(some, new.style, old.style))
    one, stream = terminal(width, height)
    stream.feed(written(old, PEN, whole(old)) + written(shown, PEN, some))
    other, fresh = terminal(width, height)
    fresh.feed(written(shown, PEN, whole(shown)))
    assert looks(one) == looks(other)
    assert one.display == shown.lines()


def test_a_wide_character_is_written_once() -> None:
    grid = Grid.blank(6, 1)
    grid.text(0, 0, "a信号")
    assert (grid.code[0] == TAIL).sum() == 2
    text = written(grid, PEN, whole(grid))
    assert "a信号 " in text
    assert "\0" not in text


def test_a_grid_may_lie_anywhere_and_nothing_changed_is_nothing_written() -> None:
    grid = Grid.blank(3, 2)
    grid.text(0, 1, "abc")
    at = np.zeros((2, 3), bool)
    assert written(grid, PEN, at) == ""
    at[1, 1] = True
    assert written(grid, PEN, at, x=10, y=20).startswith("\x1b[22;12H")


@pytest.mark.parametrize(("colors", "code"), [
    ("truecolor", "38;2;"), ("256", "38;5;"), ("16", "\x1b[0;"), ("none", "\x1b[0;1m"),
])  # fmt: skip
def test_a_poor_terminal_gets_its_own_colours(colors: Colors, code: str) -> None:
    grid = Grid.blank(4, 1)
    grid.text(0, 0, "bold", "exploding", bold=True)
    text = written(grid, Pen(theme.load("dark").limited(colors)), whole(grid))
    assert code in text
    assert ("38;" in text) is (colors in ("truecolor", "256"))
