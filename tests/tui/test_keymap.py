"""Keys of a person's own: what they get, and what they are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradtui.core.records import State
from gradtui.tui import keymap
from gradtui.tui.actions import key_names
from gradtui.tui.app import GradtuiApp
from gradtui.tui.detail.page import DetailPage
from gradtui.tui.keymap import Keymap
from gradtui.tui.lesson.page import LessonPage
from gradtui.tui.speech.page import Spoken
from gradtui.tui.through_time.page import ThroughTime
from tests.cli.test_list import told
from tests.tui import scenes, specimens
from tests.tui.fake_source import FakeSource, frame, sample
from tests.tui.histograms import with_histograms
from tests.tui.pilots import settled
from tests.tui.test_app import words

PLAIN = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "gradtui"
    folder.mkdir()
    return folder / "keys.toml"


def load(file: Path, text: str) -> Keymap:
    file.write_text(text, encoding="utf-8")
    return keymap.load(file)


def named(keys: Keymap, name: str) -> list[str]:
    return next(key_names(action) for action in keys.table if action.id == name)


@pytest.mark.parametrize(
    ("line", "keys"),
    [
        ('pause = "p"', ["p"]),
        ('pause = "p, f5"', ["p", "f5"]),
        ('pause = ["p", "F5"]', ["p", "f5"]),
        ('"pause" = "ctrl+a"', ["ctrl+a"]),
        ('pause = "*"', ["*"]),
        ('pause = ""', []),
    ],
)
def test_what_a_line_may_say(file: Path, line: str, keys: list[str]) -> None:
    found = load(file, line)
    assert (named(found, "pause"), found.faults) == (keys, ())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('stepp = "x"', "Did you mean step?"),
        ("pause = 3", 'such as "a"'),
        ('pause = "spcae"', "Did you mean space?"),
        ('pause = "a,"', "no such key"),
        ('pause = "hyper-x"', "no such key"),
        ('pause = "ctrl+c"', "always leads out"),
        ('window = "ctrl+s"', "cannot have 'ctrl+s', which always takes a screenshot."),
        ('pause = "m"\nstep = "m"', "which pause has already"),
        ('pause = "a"', "activation.next has no key any more"),
    ],
)
def test_what_is_wrong_is_one_sentence(file: Path, line: str, said: str) -> None:
    (fault,) = load(file, line).faults
    assert said in fault
    assert str(file) in fault
    assert "\n" not in fault


def test_a_key_that_is_given_away_leaves_the_others(file: Path) -> None:
    found = load(file, 'pause = "k,]"\nstrength.up = "m"')
    assert named(found, "layer.up") == ["↑"]
    assert (named(found, "strength.up"), found.faults) == (["m"], ())


@pytest.fixture
def environ(file: Path) -> dict[str, str]:
    file.write_text('pause = "a"\nactivation.next = "]"\nhelp = "h"\nstep = ""\nlr.up = "space"')
    return {**PLAIN, "XDG_CONFIG_HOME": str(file.parent.parent)}


async def test_screen_and_keys_follow_the_file(environ: dict[str, str]) -> None:
    source = FakeSource([State(word="training"), frame([0]), sample(0)])
    app = GradtuiApp(source, environ=environ)
    async with app.run_test(size=(160, 45)) as pilot:
        await settled(pilot)
        await pilot.press("full_stop")
        assert source.sent == []
        await pilot.press("a", "right_square_bracket", "space")
        await pilot.pause(0.1)
        assert [type(command).__name__ for command in source.sent] == ["Pause", "Set", "Set"]
        lines = words(app).split("\n")
        assert "] activation tanh" in lines[1]
        assert "space- lr" in lines[1]
        assert "a pause" in lines[-1]
        assert "h help" in lines[-1]
        assert "step" not in lines[-1]
        await pilot.press("h")
        await pilot.pause()
        assert "a         pause, go on" in words(app)
        await pilot.press("escape", "ctrl+p", *"pause")
        row = next(line for line in words(app).split("\n") if "pause, go on" in line)
        assert row[:130].rstrip().endswith(" a")


def test_the_list_has_the_keys_and_says_where_they_lie(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(file.parent.parent))
    file.write_text('pause = "p,f5"\ntheme = ""')
    lines = told(capsys, "list", "keys").splitlines()
    assert lines[1].split()[:3] == ["p", "f5", "pause"]
    assert [line.split()[0] for line in lines if " theme " in line] == ["none"]
    assert str(file) in lines[-2]


@pytest.mark.parametrize(("key", "foot"), [("f5", "f5 next view   esc back"), ("", "esc back")])
def test_the_views_name_the_key_that_is_bound(key: str, foot: str) -> None:
    view = scenes.cured()
    view.table = Keymap({"time": key}).table
    for page in (Spoken(), ThroughTime()):
        assert page.paint(view, 80, 24).lines()[-1].strip() == foot


def test_a_relative_folder_of_settings_is_ignored() -> None:
    home = {"HOME": "/home/me"}
    chosen = Path("/home/me/.config/gradtui/keys.toml")
    assert keymap.path({"XDG_CONFIG_HOME": "mine", **home}) == keymap.path(home) == chosen
    assert keymap.path({"XDG_CONFIG_HOME": "mine"}) is None
    assert keymap.path({"XDG_CONFIG_HOME": "/mine"}) == Path("/mine/gradtui/keys.toml")


@pytest.mark.parametrize("size", [(160, 45), (40, 12)])
def test_an_action_without_a_key_leaves_the_lesson_and_the_detail(size: tuple[int, int]) -> None:
    named = ("pause", "step", "lr.up", "lr.down", "activation.next", "layer.up", "chart", "help")
    for name in named:
        lesson, detail = specimens.lesson(), with_histograms("cured", 16)
        lesson.table = detail.table = Keymap({name: ""}).table
        for page, view in ((LessonPage(), lesson), (DetailPage(), detail)):
            text = "\n".join(page.paint(view, *size).lines())
            assert "failed" not in text, name
    lesson.table = detail.table = Keymap(dict.fromkeys(named, "")).table
    assert "change α" not in "\n".join(LessonPage().paint(lesson, 160, 45).lines())
    assert "failed" not in "\n".join(DetailPage().paint(detail, *size).lines())
