"""Wide characters at the borders of the dashboard's slices: none is lost, no row grows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from gradtui.core.records import State
from gradtui.tui.app import GradtuiApp
from gradtui.tui.dashboard import SLICES, _join_halves
from gradtui.tui.draw.borders import mend
from gradtui.tui.grid import TAIL, Grid
from gradtui.tui.slices import Slice
from tests.tui import scenes
from tests.tui.fake_source import FakeSource
from tests.tui.pilots import settled
from tests.tui.test_app import words

PLAIN = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


def row(text: str, width: int) -> Grid:
    grid = Grid.blank(width, 1)
    grid.text(0, 0, text)
    return grid


@settings(deadline=None)
@given(
    st.text(st.sampled_from("ab 信号，。（）x·"), max_size=50),
    st.integers(60, 130), st.integers(1, 14),
)  # fmt: skip
def test_nothing_is_lost_and_nothing_lies_across(text: str, width: int, slices: int) -> None:
    grid = row(text, width)
    borders = [i * width // slices for i in range(1, slices)]
    mend(grid, borders)
    (line,) = grid.lines()
    assert cell_len(line) == width
    assert not (grid.code[0, borders] == TAIL).any()
    said = cell_len(text.rstrip())
    if said + slices <= width:
        assert line.replace(" ", "") == text.replace(" ", "")


def test_a_blank_goes_where_it_is_seen_least() -> None:
    for text, border, expected in (
        ("按 a：激活函数变为 tanh", 6, "按 a ：激活函数变为 tanh"),
        ("x信号，消失", 8, "x信号， 消失"),
        ("信tanh号", 7, "信tanh 号"),
    ):
        grid = row(text, 40)
        if grid.code[0, border] == TAIL:
            mend(grid, [border])
        assert grid.lines()[0].rstrip().replace(" ", "") == expected.replace(" ", "")
        assert grid.code[0, border] != TAIL


def test_a_row_that_is_full_keeps_its_width() -> None:
    grid = row("信" * 20, 40)
    mend(grid, [13, 26])
    assert cell_len(grid.lines()[0]) == 40
    assert not (grid.code[0, [13, 26]] == TAIL).any()


def test_a_row_without_wide_characters_stays_as_it_is() -> None:
    grid = row("▇▇▇ sigmoid → tanh", 40)
    before = grid.copy()
    mend(grid, [5, 10, 15])
    assert np.array_equal(before.code, grid.code)


@pytest.mark.parametrize("width", [40, 77, 80, 101, 160])
async def test_slices_begin_where_the_borders_are(width: int) -> None:
    app = GradtuiApp(FakeSource([State(word="training")]), environ=PLAIN)
    async with app.run_test(size=(width, 24)) as pilot:
        await settled(pilot)
        found = [part.region.x for part in app.screen.query(Slice)]
    assert found == [i * width // SLICES for i in range(SLICES)]


async def test_wide_names_reach_the_terminal_whole() -> None:
    view = scenes.named(("卷积层编码", "层归一化"))
    source = FakeSource([State(word="training")], view.state.info)
    app = GradtuiApp(source, environ=PLAIN)
    async with app.run_test(size=(80, 24)) as pilot:
        source.queue += scenes._chance(0, 19, 16)
        await settled(pilot)
        await pilot.press("slash", *"编", "enter")
        await pilot.pause(0.6)
        shown = words(app)
    lines = [line for line in shown.splitlines() if "▇" in line or "▁" in line]
    assert lines
    assert "卷" in shown
    assert {cell_len(line) for line in shown.splitlines()} == {80}


def test_a_character_that_changes_is_sent_whole() -> None:
    """Its left half changes, its right half is the same TAIL; a region is cut at its right end."""
    old, new = row("a信号", 8), row("a按号", 8)
    changed = old.code != new.code
    assert changed[0].tolist() == [False, True, *[False] * 6]
    _join_halves(changed, new.code == TAIL)
    assert changed[0].tolist() == [False, True, True, *[False] * 5]
