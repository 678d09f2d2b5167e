"""The app wires: it starts the source after the first picture, says what is wrong, and leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradtui.core.errors import UsageError
from gradtui.core.records import Notice, State
from gradtui.tui import terminal
from gradtui.tui.app import GradtuiApp
from gradtui.tui.bridge import IMPORTING
from gradtui.tui.screens.help import Help
from gradtui.tui.screens.lab import Lab
from tests.tui.fake_source import FakeSource, frame
from tests.tui.pilots import settled

PLAIN = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


async def test_the_source_starts_after_the_first_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    source = FakeSource()
    app = GradtuiApp(source, environ=PLAIN)
    pictures: list[int] = []
    monkeypatch.setattr(app, "post_display_hook", lambda: pictures.append(source.started))
    async with app.run_test() as pilot:
        await settled(pilot)
        assert source.started == 1
        assert pictures[0] == 0
        assert app.view.message == IMPORTING
        source.queue.append(State(word="training"))
        await settled(pilot)
        assert app.view.message == ""


async def test_what_is_known_before_the_start_is_there_at_once() -> None:
    app = GradtuiApp(FakeSource(), environ=PLAIN)
    assert app.view.state.info.layers[-1] == "out"
    assert app.view.state.word == "starting"


def test_an_unknown_theme_is_a_usage_error_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"Did you mean dark\?"):
        GradtuiApp(FakeSource(), theme="drak", environ=PLAIN)


async def test_a_bug_in_an_action_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Lab) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(Lab, "do_quantity", broken)
    app = GradtuiApp(FakeSource([State(word="training"), frame([0])]), environ=PLAIN)
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("g")
        assert app.view.message == "that did not work: ZeroDivisionError: oh"
        await pilot.press("tab")
        assert app.view.message == ""


async def test_notices_are_said_and_the_run_goes_on() -> None:
    source = FakeSource([State(word="training")])
    app = GradtuiApp(source, notices=["a catalog file was left out"], environ=PLAIN)
    async with app.run_test() as pilot:
        source.queue.append(Notice(text="the disk is full"))
        await settled(pilot)
        texts = [notice.text for notice in app.view.state.notices]
        assert texts == ["a catalog file was left out", "the disk is full"]
        assert app.view.message == "the disk is full"


@pytest.mark.parametrize("size", [(160, 45), (80, 24), (40, 12)])
@pytest.mark.parametrize("extra", [{}, {"NO_COLOR": "1"}, {"COLORTERM": "", "TERM": "xterm"}])
async def test_help_can_be_read_to_its_end(size: tuple[int, int], extra: dict[str, str]) -> None:
    app = GradtuiApp(FakeSource(), environ={**PLAIN, **extra})
    async with app.run_test(size=size) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, Help)
        top = words(app)
        assert "pause, go on" in top
        await pilot.press("end")
        await pilot.pause()
        assert "nan or inf" in words(app)
        await pilot.press("home")
        await pilot.pause()
        assert words(app) == top


def words(app: GradtuiApp) -> str:
    """The text of the screen on top."""
    width, height = app.size
    strips = app.screen._compositor.render_strips()
    assert len(strips) == height
    assert {strip.cell_length for strip in strips} == {width}
    return "\n".join(strip.text for strip in strips)


async def test_a_person_rebinds_by_id(tmp_path: Path) -> None:
    file = tmp_path / "gradtui" / "keys.toml"
    file.parent.mkdir()
    file.write_text('pause = "p,f5"\nactivation.next = "m"\nfly = "v"\nquit = 3\n')
    source = FakeSource([State(word="training")])
    app = GradtuiApp(source, environ={**PLAIN, "XDG_CONFIG_HOME": str(tmp_path)})
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("a", "space")
        assert not source.sent
        await pilot.press("p")
        await pilot.press("m")
        assert len(source.sent) == 2
        await pilot.press("question_mark")
        await pilot.pause()
        assert "p f5" in words(app)
    notices = [notice.text for notice in app.view.state.notices]
    assert len(notices) == 2
    assert "unknown action 'fly'" in notices[0]
    assert "quit takes keys" in notices[1]


@pytest.mark.parametrize("content", [b"pause = ", b"\xff\xfe", b"= 1", None])
def test_a_broken_keys_file_is_one_notice(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "gradtui" / "keys.toml"
    file.parent.mkdir()
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    app = GradtuiApp(FakeSource(), environ={**PLAIN, "XDG_CONFIG_HOME": str(tmp_path)})
    assert [str(file) in notice.text for notice in app.view.state.notices] == [True]


@pytest.mark.parametrize("home", [{}, {"HOME": "/nonexistent"}, {"HOME": "/dev/null"}])
def test_no_home_is_no_fault(home: dict[str, str]) -> None:
    assert not GradtuiApp(FakeSource(), environ={**PLAIN, **home}).view.state.notices


@pytest.mark.parametrize(
    ("environ", "colors"),
    [
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm"}, "16"),
        ({"TERM": "linux"}, "16"),
        ({"TERM": "dumb"}, "none"),
        ({}, "none"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, "none"),
        ({"TERM": "screen", "COLORTERM": "truecolor", "STY": "7.pts-0.vm"}, "16"),
        ({"TERM": "screen.xterm-256color", "COLORTERM": "24bit", "STY": "7.x"}, "256"),
        ({"TERM": "screen", "COLORTERM": "truecolor", "TMUX": "/tmp/x", "STY": "7.x"}, "truecolor"),
    ],
)
def test_colours_follow_the_terminal(environ: dict[str, str], colors: str) -> None:
    assert terminal.colors(environ) == colors


@pytest.mark.parametrize(
    ("environ", "unicode"),
    [
        ({}, True),
        ({"LANG": "en_US.UTF-8"}, True),
        ({"LANG": "de_DE.utf8", "LC_ALL": "C"}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),  # what Python makes of LANG=C
        ({"LANG": "en_US.ISO-8859-1"}, False),
        ({"LANG": "en_US.UTF-8", "PYTHONIOENCODING": "ascii:replace"}, False),
        ({"LANG": "C", "PYTHONIOENCODING": "utf-8"}, True),
        ({"LANG": "en_US.UTF-8", "TERM": "linux"}, False),
    ],
)
def test_glyphs_follow_the_locale(environ: dict[str, str], unicode: bool) -> None:
    assert terminal.unicode(environ) is unicode
