"""The screens in Chinese: characters of two cells, laid out as the others are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.cells import cell_len

from gradtui import catalog
from gradtui.core.language import ENGLISH, speak
from gradtui.core.records import State
from gradtui.doctor.doctor import Doctor
from gradtui.tui.app import GradtuiApp
from gradtui.tui.lesson.page import LessonPage
from tests.tui import scenes
from tests.tui.fake_source import FakeSource
from tests.tui.pilots import settled
from tests.tui.specimens import SCENES
from tests.tui.test_app import words
from tests.tui.test_pictures import SIZES, compare, picture
from tests.tui.test_task import PLAIN, begun, halfway, over, taught

size_of = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    speak("zh")
    yield
    speak(ENGLISH)


def name(what: str, size: tuple[int, int]) -> str:
    return f"zh-{what}-{size[0]}x{size[1]}"


def whole(text: str, size: tuple[int, int]) -> str:
    """The text; every line fits, and no half of a character was left over."""
    assert all(cell_len(line) <= size[0] for line in text.splitlines())
    assert "\0" not in text
    assert "failed:" not in text
    return text


@size_of
@pytest.mark.parametrize("scene", [begun, halfway, over], ids=lambda scene: scene.__name__)
def test_a_lesson_on_the_screen(scene: object, size: tuple[int, int]) -> None:
    text = whole(picture(scene(), *size), size)  # type: ignore[operator]
    compare(name(f"task-{scene.__name__}", size), text)  # type: ignore[attr-defined]


@pytest.mark.parametrize("lesson", catalog.names("lessons"))
@size_of
def test_every_task_is_said_whole(lesson: str, size: tuple[int, int]) -> None:
    from gradtui.core.language import tr

    view = taught(scenes.one_frame(), lesson)
    assert view.walk is not None
    for i, task in enumerate(view.walk.lesson.tasks):
        view.walk.at = i
        text = "".join(whole(picture(view, *size), size).split())
        if size[0] >= 80:
            assert "".join(tr(task.say).split()).rpartition("{key}")[2][-8:] in text


@size_of
@pytest.mark.parametrize(
    "keys", [["question_mark"], ["L"], ["e"]], ids=["help", "guide", "chooser"]
)
async def test_windows(keys: list[str], size: tuple[int, int]) -> None:
    """All that a window has to say is within it, a line in its frame."""
    source = FakeSource([State(word="training"), *scenes._chance(0, 99, 16)], scenes.info(16))
    app = GradtuiApp(source, environ=PLAIN, lesson=catalog.lesson("vanishing"))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press(*keys)
        await pilot.pause()
        text = "\n".join(line.rstrip() for line in words(app).splitlines()) + "\n"
    what = {"question_mark": "help", "L": "guide", "e": "chooser"}[keys[0]]
    compare(name(what, size), whole(text, size))


@size_of
def test_the_formulas(size: tuple[int, int]) -> None:
    grid = LessonPage().paint(SCENES["paused"](), *size)
    text = "\n".join(line.rstrip() for line in grid.lines()) + "\n"
    compare(name("lesson", size), whole(text, size))


def test_the_doctor_gives_his_reasons_in_chinese() -> None:
    """In lines that his panel holds: 40 cells."""
    view = scenes.vanished()
    view.state.findings.clear()
    view.state.reduce(Doctor(view.state).examine())
    found = view.state.findings["vanishing"]
    assert found.evidence[0] == "每层只传递信号的 ×0.23："
    assert found.evidence[1].startswith("out 处")
    assert all(cell_len(line) <= 40 for line in found.evidence)
    compare(name("doctor", (160, 45)), picture(view, 160, 45))
