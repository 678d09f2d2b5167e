"""Writing on a grid: cut at the edges, one cell a character, wide ones in two."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gradtui.tui.grid import Area, Grid, fit
from gradtui.tui.inks import INKS, ink


def test_text_is_cut_at_both_edges() -> None:
    grid = Grid.blank(6, 1)
    grid.text(-2, 0, "gradtui")
    grid.text(5, 0, "xyz")
    grid.text(0, 3, "below")
    assert grid.lines() == ["adtuix"]


def test_a_part_of_a_grid_is_the_grid_itself() -> None:
    grid = Grid.blank(10, 3)
    grid.at(Area(4, 1, 3, 9)).text(0, 1, "signal", "key", bold=True)
    assert grid.lines() == [" " * 10, " " * 10, "    sig   "]
    assert INKS[grid.style[2, 4]] == ("key", "bg", True, False)


def test_a_wide_character_takes_two_cells_and_is_never_cut_in_two() -> None:
    grid = Grid.blank(5, 1)
    grid.text(0, 0, "層層層")
    assert grid.lines() == ["層層 "]
    grid.text(1, 0, "x")
    assert grid.lines() == [" x層 "]


def test_words_keep_the_background_that_they_are_written_on() -> None:
    grid = Grid.blank(4, 1)
    grid.paper("sel")
    grid.text(0, 0, "ab", "nan")
    assert {INKS[number].back for number in grid.style[0]} == {"sel"}


def test_one_number_for_one_ink() -> None:
    assert ink("muted", bold=True) == ink("muted", "bg", True)
    assert ink("muted") != ink("faint")


@given(st.text(max_size=12), st.integers(-5, 12))
def test_every_line_is_as_wide_as_the_grid(text: str, x: int) -> None:
    grid = Grid.blank(8, 1)
    grid.text(2, 0, "層 fc1")
    grid.text(x, 0, text)
    assert cell_len(grid.lines()[0]) == 8
    assert np.all(grid.style < len(INKS))


def test_long_names_are_cut_in_the_middle() -> None:
    assert fit("encoder.layers.11", 9) == "enco…s.11"
    assert fit("fc1", 9) == "fc1"
    assert [len(fit("fc12", n)) for n in range(5)] == [0, 1, 2, 3, 4]
