"""The screens as text, cell by cell. `GRADTUI_SNAPSHOTS=write` rewrites them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from gradtui.core.records import Applied, Eval, Frame
from gradtui.core.state import RunState
from gradtui.tui.composer import Composer
from gradtui.tui.grid import BLANK, TAIL, Grid
from gradtui.tui.inks import INKS
from gradtui.tui.theme import load
from gradtui.tui.view import ORDINATES, QUANTITIES, Ordinate, View, Window
from gradtui.tui.window import WINDOWS
from tests.tui import scenes

FOLDER = Path(__file__).parent / "snapshots"
SIZES = ((160, 45), (80, 24), (40, 12))


def picture(view: View, width: int, height: int) -> str:
    grid = Composer().paint(view, width, height)
    return "\n".join(line.rstrip() for line in grid.lines()) + "\n"


def compare(name: str, text: str) -> None:
    file = FOLDER / f"{name}.txt"
    if os.environ.get("GRADTUI_SNAPSHOTS") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", scenes.SCENES)
def test_the_scene_is_the_picture(scene: str, size: tuple[int, int]) -> None:
    compare(f"{scene}-{size[0]}x{size[1]}", picture(scenes.SCENES[scene](16), *size))


SIXTEEN = {
    "default": ".", "bright_black": "K", "red": "r", "bright_red": "R", "green": "g",
    "yellow": "y", "bright_yellow": "Y", "blue": "b", "bright_blue": "B", "magenta": "m",
    "bright_magenta": "M", "cyan": "c", "white": "w", "bright_white": "W",
}  # fmt: skip
"""One letter for each of 16 colours; the bright ones are capitals."""


def colours(view: View, width: int, height: int) -> str:
    """The picture of the main screen with its colours."""
    return colours_of(Composer().paint(view, width, height))


def colours_of(grid: Grid) -> str:
    """A picture, and under it the colour of every cell that is not blank."""
    palette = load("dark").limited("16")
    letters = np.array([SIXTEEN[palette.color(one.role)] for one in INKS])
    shown = np.where((grid.code == BLANK) | (grid.code == TAIL), " ", letters[grid.style])
    rows = ["".join(row).rstrip() for row in shown]
    lines = [line.rstrip() for line in grid.lines()]
    return "\n".join([*lines, "", *rows]) + "\n"


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", scenes.SCENES)
def test_the_scene_in_16_colours(scene: str, size: tuple[int, int]) -> None:
    view = scenes.SCENES[scene](16)
    view.colors = "16"
    compare(f"sixteen-{scene}-{size[0]}x{size[1]}", colours(view, *size))


@pytest.mark.parametrize("layers", [1, 2, 300])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_few_and_many_layers(layers: int, size: tuple[int, int]) -> None:
    compare(f"layers{layers}-{size[0]}x{size[1]}", picture(scenes.cured(layers), *size))


def test_without_unicode_the_screen_is_ascii() -> None:
    view = scenes.cured()
    view.unicode = False
    text = picture(view, 160, 45)
    assert text.isascii()
    assert "panel" not in text
    compare("ascii-160x45", text)


def test_without_colour_there_is_no_envelope_and_no_grid() -> None:
    view = scenes.cured()
    view.colors = "none"
    compare("mono-160x45", picture(view, 160, 45))


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_every_quantity_has_a_picture(quantity: str) -> None:
    view = scenes.dead()
    view.quantity = quantity
    compare(f"quantity-{quantity}-80x24", picture(view, 80, 24))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("cursor", {"cursor": 330}),
        ("linear", {"ordinate": "linear"}),
        ("nines", {"ordinate": "log"}),
        ("recent", {"window": "recent"}),
        ("since", {"window": "since", "cursor": 333}),
    ],
)
def test_ways_to_look_at_the_time_axis(
    name: str, how: dict[str, object], size: tuple[int, int]
) -> None:
    view = replace(scenes.cured(16), **how)  # type: ignore[arg-type]  # fields by name
    compare(f"{name}-{size[0]}x{size[1]}", picture(view, *size))


def test_a_cursor_in_sixteen_colours_and_without_colour() -> None:
    """No background is left there: the column turns to ink, or is reversed."""
    for colors, reverse in (("16", False), ("none", True)):
        view = replace(scenes.cured(16), cursor=330, colors=colors)  # type: ignore[arg-type]
        composer = Composer()
        grid = composer.paint(view, 160, 45)
        assert composer.timeline is not None
        x = 10 + composer.timeline.column(330)
        inks = {INKS[int(number)] for number in grid.style[5:21, x]}
        assert {(found.role, found.reverse) for found in inks} == {("ink", reverse)}
        assert INKS[int(grid.style[5, x + 1])].role.startswith("ramp")
        text = "\n".join(line.rstrip() for line in grid.lines()) + "\n"
        compare(f"cursor-{colors}-160x45", text)


def test_a_small_terminal_asks_for_more_room() -> None:
    assert "needs 40x12" in picture(scenes.vanished(), 39, 12)


values = st.floats(0, 1e38) | st.sampled_from([0.0, np.inf, np.nan, 1e-44])


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 250), st.integers(1, 80), st.integers(1, 60),
    st.lists(st.lists(values, min_size=3, max_size=3), min_size=1, max_size=30),
    st.lists(st.integers(0, 40), max_size=12), st.sampled_from(QUANTITIES), st.booleans(),
    st.sampled_from(WINDOWS), st.sampled_from(tuple(ORDINATES)),
    st.none() | st.integers(0, 40),
)  # fmt: skip
def test_any_numbers_at_any_size_give_whole_lines(
    width: int, height: int, layers: int, rows: list[list[float]], marks: list[int],
    quantity: str, unicode: bool, window: Window, ordinate: Ordinate, cursor: int | None,
) -> None:  # fmt: skip
    view = View(
        RunState(scenes.info(layers)), quantity=quantity, unicode=unicode, window=window,
        ordinate=ordinate, cursor=cursor,
    )  # fmt: skip
    composer = Composer()
    for step, (loss, signal, accuracy) in enumerate(rows):
        layer = np.full(layers, signal)
        layer[::2] = loss
        zero = np.zeros(1)
        frame = Frame(
            steps=np.array([step]), loss=np.array([loss]), accuracy=np.array([accuracy]),
            penalty=zero, grad_norm=layer[None], update_ratio=layer[None], seconds=0.01,
        )  # fmt: skip
        view.state.reduce([scenes.sample(step, layer), frame])
        if step in marks:
            view.state.reduce([
                Applied(step=step + 1, knob="lr", old=0.1, value=signal),
                Eval(step=step, when="before", loss=loss, accuracy=accuracy),
            ])  # fmt: skip
        if step % 3 == 0:
            composer.paint(view, width, height, numbers=step % 2 == 0)
    lines = composer.paint(view, width, height).lines()
    assert len(lines) == height
    assert {cell_len(line) for line in lines} == {width}
    assert [line for line in lines if "failed:" in line] == []


def test_painting_step_by_step_gives_the_same_lanes_as_painting_once() -> None:
    """The incremental cache is no second truth."""
    view = View(RunState(scenes.info()))
    composer = Composer()
    for record in scenes._chance(0, 299, 16):
        view.state.reduce([record])
        composer.paint(view, 160, 45, numbers=False)
    grown = composer.paint(view, 160, 45)
    fresh = Composer().paint(view, 160, 45)
    assert grown.lines() == fresh.lines()
    assert (grown.style == fresh.style).all()


def test_a_panel_that_raises_becomes_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    view = scenes.vanished()
    view.quantity = "no such quantity"
    text = picture(view, 160, 45)
    assert "failed: KeyError" in text
    assert "space pause" in text


def test_theory_has_plain_letters() -> None:
    view = scenes.theory()
    view.unicode = False
    for size in ((80, 24), (160, 45)):
        text = picture(view, *size)
        assert "chi" in text
        assert "xi 1.8 layers" in text
