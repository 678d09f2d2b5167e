"""The lesson's screen: pictures, keys, and what it asks of the run."""

from __future__ import annotations

import re

import numpy as np
import pytest
from rich.cells import cell_len

from gradtui.core.commands import Choice, Pause, Set, Step, Teach
from gradtui.core.records import Applied, State, Value
from gradtui.tui import theme
from gradtui.tui.app import GradtuiApp
from gradtui.tui.inks import INKS
from gradtui.tui.lesson import formula, walk
from gradtui.tui.lesson.page import LessonPage
from gradtui.tui.screens.help import Help
from gradtui.tui.screens.lab import Lab
from gradtui.tui.screens.lesson import FIRST, Lesson
from gradtui.tui.serve import INTERRUPTED
from gradtui.tui.view import View
from tests.tui import specimens
from tests.tui.fake_source import KNOBS, FakeSource, info
from tests.tui.pilots import settled
from tests.tui.test_keys import NO_HOME, TRAINING, lab
from tests.tui.test_pictures import compare


def picture(view: View, width: int, height: int, page: LessonPage | None = None) -> str:
    grid = (page or LessonPage()).paint(view, width, height)
    return "\n".join(line.rstrip() for line in grid.lines()) + "\n"


@pytest.mark.parametrize("size", [(160, 45), (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", specimens.SCENES)
def test_the_lesson_is_the_picture(scene: str, size: tuple[int, int]) -> None:
    text = picture(specimens.SCENES[scene](), *size)
    assert "failed:" not in text
    compare(f"lesson-{scene}-{size[0]}x{size[1]}", text)


def test_at_40x12_the_parts_follow_each_other() -> None:
    view, page, seen = specimens.lesson(), LessonPage(), []
    for _ in range(8):
        seen.append(picture(view, 40, 12, page))
        page.turn()
    everything = "\n".join(seen)
    for word in ("softmax", "cross-entropy", "chain rule", "gradient descent", "θ moves by"):
        assert word in everything
    assert picture(view, 40, 12, page) in seen  # around
    compare("lesson-paused-40x12", "\n".join(seen[:6]))


def test_without_unicode_the_lesson_is_ascii() -> None:
    view = specimens.lesson()
    view.unicode = False
    text = picture(view, 160, 45)
    assert text.isascii()
    assert "theta <- theta - alpha v" in text
    compare("lesson-ascii-160x45", text)


def test_in_16_colours_every_role_has_one_of_them() -> None:
    view = specimens.lesson()
    view.colors = "16"
    grid = LessonPage().paint(view, 80, 24)
    palette = theme.load("dark").limited("16")
    rows = ["".join(_shade(palette.color(INKS[int(n)].role)) for n in row) for row in grid.style]
    lines = [
        line.ljust(80) + "\n" + shades for line, shades in zip(grid.lines(), rows, strict=True)
    ]
    compare("lesson-16-80x24", "\n".join(line.rstrip() for line in lines) + "\n")


def _shade(color: str) -> str:
    """One letter for each of the 16 colours; a bright one is a capital."""
    name = color.removeprefix("bright_")
    letter = {"default": ".", "black": "k"}.get(name, name[0])
    return letter if name == color else letter.upper()


def test_every_glyph_of_the_catalog_has_a_plain_form() -> None:
    from gradtui import catalog

    activations = map(catalog.activation, catalog.names("activations"))
    regularizers = map(catalog.regularizer, catalog.names("regularizers"))
    words = [entry.derivative + entry.bound for entry in activations]
    words += [entry.formula + entry.derivative for entry in regularizers]
    assert [word for word in words if "?" in formula.plain(word)] == []


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("scene", specimens.SCENES)
def test_any_size_gives_whole_lines(scene: str, unicode: bool) -> None:
    view, page = specimens.SCENES[scene](), LessonPage()
    view.unicode = unicode
    for width in (1, 7, 23, 40, 59, 60, 79, 99, 100, 131, 250):
        for height in (1, 2, 3, 4, 12, 24, 70):
            lines = page.paint(view, width, height).lines()
            assert {cell_len(line) for line in lines} == {width}
            assert len(lines) == height
            assert [line for line in lines if "failed:" in line] == []
            page.turn()


def test_a_part_that_raises_becomes_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(state: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(walk, "_rows", broken)
    text = picture(specimens.lesson(), 160, 45)
    assert "part 3 failed: RuntimeError: out of order" in text
    assert "θ ← θ − α v" in text


def test_before_and_now_stand_below_each_other() -> None:
    view = specimens.lesson()
    view.state.reduce([Applied(step=600, knob="activation", old="tanh", value="relu")])
    view.state.reduce([specimens.specimen(601)])
    lines = picture(view, 160, 45).splitlines()
    before, now = (next(line for line in lines if word in line) for word in ("tanh, s", "relu, n"))
    assert before.split()[-3] == now.split()[-3] == "0.890"
    view.state.reduce([specimens.specimen(601, layer=3)])  # of another layer nothing is known
    line = next(line for line in picture(view, 160, 45).splitlines() if "tanh, s" in line)
    assert line.split()[-3] == "–"


async def opened() -> tuple[GradtuiApp, FakeSource]:
    return lab([*TRAINING, specimens.specimen(0)])


async def test_the_keys_choose_and_steer() -> None:
    app, source = await opened()
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press("l")
        assert isinstance(app.screen, Lesson)
        row, weight = FIRST.row, FIRST.weight
        assert source.sent == [Teach(Choice(row, 0, weight))]
        await pilot.press("j", "j", "k", "right", "right", "left", "up", "up", "down")
        chosen = [(c.choice.row - row, c.choice.layer, c.choice.weight - weight)
                  for c in source.sent[1:] if isinstance(c, Teach) and c.choice]  # fmt: skip
        assert chosen == [
            (1, 0, 1), (2, 0, 2), (1, 0, 1), (1, 0, 2), (1, 0, 3), (1, 0, 2), (1, 1, 2), (1, 2, 2),
            (1, 1, 2),
        ]  # fmt: skip
        source.sent.clear()
        await pilot.press("space", "full_stop", "a", "r", "plus", "c")
        assert source.sent == [
            Pause(), Step(), Set("activation", "tanh"), Set("regularizer", "l1"), Set("lr", 0.03),
            Set("clip", "norm:1"),
        ]  # fmt: skip
        source.sent.clear()
        await pilot.press("escape")
        assert isinstance(app.screen, Lab)
        assert app.view.selected == 1
        await pilot.pause()
        assert source.sent == [Teach(None)]


@pytest.mark.parametrize("knobs", [{}, {"lr": 0.1}])
async def test_files_that_tell_no_knobs_have_no_lesson(knobs: dict[str, Value]) -> None:
    about = info(knobs=knobs, locked=dict.fromkeys(KNOBS, "it is written by somebody else"))
    app = GradtuiApp(FakeSource(TRAINING, about), environ=NO_HOME)
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("l")
        assert isinstance(app.screen, Lab)
        assert app.view.message.startswith("the lesson needs a run of gradtui")


@pytest.mark.parametrize("key", ["escape", "q", "l"])
async def test_the_ways_back_lead_to_the_lab(key: str) -> None:
    app, source = await opened()
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("l", "question_mark")
        assert isinstance(app.screen, Help)
        await pilot.press("escape")
        assert isinstance(app.screen, Lesson)
        await pilot.press("i", "escape", "t", key)
        assert isinstance(app.screen, Lab)
        await pilot.pause()
        assert source.sent[-1] == Teach(None)
        assert app.return_value is None
        await pilot.press("l", "ctrl+c")
    assert app.return_value == INTERRUPTED


async def test_what_the_run_tells_is_seen_and_what_a_key_says_too() -> None:
    app, source = await opened()
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press("l")
        await pilot.pause(0.1)

        def shown() -> str:
            screen = app.screen
            assert isinstance(screen, Lesson)
            return "\n".join(strip.text for strip in map(screen._dashboard.strip, range(36)))

        assert "0.269" in shown()
        source.queue += [specimens.specimen(7), State(word="paused", step=7)]
        for _ in range(100):
            await pilot.pause(0.02)
            if "paused" in shown():
                break
        assert "step 7" in shown()
        await pilot.press("right_square_bracket")
        assert "strength needs a regularizer" in shown()
        await pilot.resize_terminal(40, 12)
        await pilot.pause()
        before = shown()
        await pilot.press("tab", "tab")
        assert shown() != before


def test_the_lesson_of_zero_and_of_huge_numbers_is_drawn() -> None:
    view = specimens.lesson()
    for z in (np.zeros(10), np.full(2, 1e30), np.array([8e4, -2e5, 0.0]), np.array([0.0])):
        view.state.reduce([specimens.specimen(logits=z)])
        text = picture(view, 160, 45)
        assert "failed:" not in text
    view.state.reduce([specimens.specimen(logits=np.array([-2e5, 8e4, 0.0]))])
    text = picture(view, 160, 45)
    assert "= +8.000e4 − (−2.000e5) = " in text


def test_what_a_probability_near_one_lacks_is_told_where_there_is_little_room() -> None:
    view = specimens.lesson()
    view.state.reduce([specimens.specimen(logits=np.array([7.0, 0.0, 0.5]))])
    text = picture(view, 80, 24)
    lacks = re.search(r"= −ln \(1 − (\S+)\)\n", text)
    loss = re.search(r"= (\d\.\d+e-3)\n", text)
    assert lacks is not None
    assert loss is not None
    assert -np.log1p(-float(lacks[1])) == pytest.approx(float(loss[1]), rel=5e-4)
