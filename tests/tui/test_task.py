"""The lesson on the main screen, and its page: pictures, and what ticks it off in the app."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from gradtui import catalog
from gradtui.catalog.walk import Walk
from gradtui.core.records import Record, State
from gradtui.tui.app import GradtuiApp
from gradtui.tui.layout import arrange
from gradtui.tui.roster import everything
from gradtui.tui.screens.guide import Guide
from gradtui.tui.view import View
from tests.tui import scenes
from tests.tui.fake_source import FakeSource
from tests.tui.pilots import settled
from tests.tui.test_app import words
from tests.tui.test_pictures import SIZES, colours, compare, picture

PLAIN = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
size_of = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


def taught(view: View, name: str = "vanishing") -> View:
    """The view with a lesson that has followed the run."""
    view.walk = Walk(catalog.lesson(name))
    view.walk.follow(view.state)
    return view


def begun() -> View:
    return taught(scenes.one_frame())


def halfway() -> View:
    return taught(scenes.vanished())


def over() -> View:
    view = halfway()
    view.state = scenes.cured().state
    assert view.walk is not None
    view.walk.follow(view.state)
    return view


SCENES = {"begun": begun, "halfway": halfway, "over": over}


@size_of
@pytest.mark.parametrize("scene", SCENES)
def test_a_lesson_has_a_place_on_the_screen(scene: str, size: tuple[int, int]) -> None:
    compare(f"task-{scene}-{size[0]}x{size[1]}", picture(SCENES[scene](), *size))


def test_in_sixteen_colours_and_in_ascii() -> None:
    view = halfway()
    view.colors = "16"
    compare("task-16-80x24", colours(view, 80, 24))
    view.unicode = False
    text = picture(view, 160, 45)
    assert text.isascii()
    assert "?" not in "\n".join(text.splitlines()[-6:-1])
    compare("task-ascii-160x45", text)


@size_of
def test_the_lesson_takes_nothing_but_rows(size: tuple[int, int]) -> None:
    roster = everything(scenes.info(16).layers)
    for rows in (2, 3, 5):
        layout = arrange(*size, roster, lesson=rows)
        assert layout is not None
        assert layout.lesson is not None
        assert (layout.finding, layout.footer) == (size[1] - 2, size[1] - 1)
        assert layout.lesson.y + layout.lesson.height == layout.finding
        assert layout.bottom <= layout.lesson.y
        assert layout.lesson.height == rows


@pytest.mark.parametrize("name", catalog.names("lessons"))
@size_of
def test_every_task_says_what_to_do_wherever_it_is_shown(name: str, size: tuple[int, int]) -> None:
    """The whole sentence at 80 columns and more; the formula, too, where there are five rows."""
    view = taught(scenes.one_frame(), name)
    assert view.walk is not None
    for i in range(len(view.walk.lesson.tasks)):
        view.walk.at = i
        text = picture(view, *size)
        assert "panel" not in text
        said = " ".join(text.split())
        assert (f"{i + 1}/" in said) or (f"{i + 1} of" in said)
        if size[0] >= 80:
            *_, last = view.walk.lesson.tasks[i].say.split()
            assert last in said


class Taught:
    """An app on a fake source, with a lesson."""

    def __init__(self, *records: Record, lesson: str | None = "vanishing") -> None:
        self.source = FakeSource([State(word="training"), *records], scenes.info(16))
        one = None if lesson is None else catalog.lesson(lesson)
        self.app = GradtuiApp(self.source, environ=PLAIN, lesson=one)

    def marks(self) -> list[str]:
        assert self.app.view.walk is not None
        return list(self.app.view.walk.marks)


async def told(pilot: Pilot[int], bench: Taught, *records: Record) -> None:
    bench.source.queue += records
    await settled(pilot)


async def test_a_key_press_ticks_nothing_off_and_its_answer_alone_does_not_either() -> None:
    bench = Taught(*scenes._chance(0, 99, 16))
    bench.source.answering, bench.source.step = False, 100
    async with bench.app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert bench.marks() == ["done", "on"]
        await pilot.press("a")
        await settled(pilot)
        assert bench.marks() == ["done", "on"]
        bench.source.answer()
        await settled(pilot)
        assert bench.marks() == ["done", "on"]
        await told(pilot, bench, *scenes._learning(100, 399, 16))
        assert bench.marks() == ["done", "done"]
        assert "The lesson is over." in words(bench.app)


async def test_the_page_shows_the_lesson_and_l_still_the_formulas() -> None:
    bench = Taught(*scenes._chance(0, 99, 16))
    async with bench.app.run_test(size=(160, 45)) as pilot:
        await settled(pilot)
        await pilot.press("L")
        await pilot.pause()
        assert isinstance(bench.app.screen, Guide)
        page = words(bench.app)
        assert "Hochreiter 1991" in page
        assert "✓ 1 Look at the profile" in page
        assert "▸ 2 Press a:" in page
        await pilot.press("enter", "l")
        await pilot.pause()
        assert "How one step learns" in words(bench.app)


async def test_the_page_begins_a_lesson_where_none_is_on() -> None:
    bench = Taught(*scenes._chance(0, 99, 16), lesson=None)
    async with bench.app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "1/2" not in words(bench.app)
        await pilot.press("L", "escape")
        assert bench.app.view.walk is None
        await pilot.press("L", "enter")
        await pilot.pause()
        assert bench.marks() == ["done", "on"]
        assert "2/2 Press a" in words(bench.app)


async def test_an_experiment_without_a_lesson_says_so() -> None:
    source = FakeSource([State(word="training")], scenes.info(16, experiment="my_net"))
    app = GradtuiApp(source, environ=PLAIN)
    async with app.run_test(size=(160, 45)) as pilot:
        await settled(pilot)
        await pilot.press("L")
        await pilot.pause()
        assert "there is no lesson on my_net" in words(app)
