"""The widget: what is sent, and what is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.cells import cell_len
from textual.app import App, ComposeResult

from gradtui.core.records import Notice, State
from gradtui.tui import theme
from gradtui.tui.app import GradtuiApp
from gradtui.tui.dashboard import Dashboard, _join_halves
from gradtui.tui.grid import TAIL, Grid
from gradtui.tui.link import CALM, Link
from gradtui.tui.view import View
from tests.tui import scenes
from tests.tui.fake_source import FakeSource
from tests.tui.pilots import settled
from tests.tui.test_app import words


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rows of the screen that were sent, in their order."""
    rows: list[int] = []

    def spy(board: Dashboard, changed: NDArray[np.bool_]) -> None:
        rows.extend(np.flatnonzero(changed.any(axis=1)).tolist())
        board.refresh()

    monkeypatch.setattr(Dashboard, "_send", spy)
    return rows


class One(App[None]):
    def __init__(self, view: View, words: Callable[[], Sequence[int]] = tuple) -> None:
        super().__init__()
        self.board = Dashboard(view, theme.load("dark"), words=words)

    def compose(self) -> ComposeResult:
        yield self.board


async def test_a_paused_screen_sends_nothing(sent: list[int]) -> None:
    app = One(scenes.paused())
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.pause()
        sent.clear()
        app.board.repaint()
        app.board.repaint(numbers=False)
        assert sent == []


async def test_a_page_that_cannot_be_painted_is_a_sentence() -> None:
    class Broken:
        def paint(self, view: View, width: int, height: int, *, numbers: bool = True) -> Grid:
            raise IndexError("out of [red]range[/red]")

    app = One(scenes.paused())
    app.board = Dashboard(scenes.paused(), theme.load("dark"), Broken())
    async with app.run_test(size=(80, 24)) as pilot:
        for size in ((80, 24), (1, 1), (60, 12)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            said = app.board.strip(0).text
            assert "this page failed: IndexError: out of [red]range[/red]"[: size[0]] in said


async def test_only_the_rows_that_changed_are_sent(sent: list[int]) -> None:
    view = scenes.paused()
    app = One(view)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        sent.clear()
        view.message = "theme light"
        view.state.reduce([Notice(text="a notice alone changes no cell")])
        app.board.repaint()
        assert set(sent) == {22}


async def test_the_state_is_seen_on_a_quick_repaint() -> None:
    view = scenes.vanished()
    app = One(view)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        view.state.reduce([State(word="paused", step=299)])
        app.board.repaint(numbers=False)
        assert app.board.strip(0).text.endswith("‖ paused")


async def test_resize_and_theme_repaint_everything() -> None:
    app = One(scenes.cured())
    async with app.run_test(size=(80, 24)) as pilot:
        for size in ((160, 45), (20, 5), (40, 12), (250, 80)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            lines = [app.board.strip(y) for y in range(size[1])]
            assert {line.cell_length for line in lines} == {size[0]}
        app.board.set_palette(theme.load("light"))
        background = next(iter(app.board.strip(2))).style
        assert background is not None
        assert background.bgcolor is not None
        assert background.bgcolor.name == theme.load("light").color("bg")


async def test_a_slow_line_gets_what_answers_a_key_before_the_rest(sent: list[int]) -> None:
    clock = [1000.0]
    view = scenes.paused()
    link = view.link = Link(forced=True, clock=lambda: clock[0])
    app = One(view, words=lambda: [0, 1, 22])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        whole = app.board.strip(12).text
        sent.clear()
        view.quantity, view.message = "weight_norm", "as if a key had asked"
        app.board.repaint()
        assert set(sent) <= {0, 1, 22}
        assert "as if a key" in app.board.strip(22).text
        assert app.board.strip(12).text == whole
        link.wrote(500)
        app.board.catch_up()
        assert app.board.strip(12).text == whole, "the words have not arrived"
        clock[0] += 0.1
        link.heard()
        clock[0] += CALM + 0.1
        app.board.catch_up()
        assert app.board.strip(12).text != whole
        sent.clear()
        app.board.catch_up()
        app.board.repaint()
        assert sent == []


async def test_a_line_in_use_gets_no_more_than_words(sent: list[int]) -> None:
    clock = [1000.0]
    view = scenes.paused()
    link = view.link = Link(forced=True, clock=lambda: clock[0])
    app = One(view, words=lambda: [22])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        link.wrote(4)
        clock[0] += 0.05
        link.heard()
        link.wrote(5_000)
        sent.clear()
        view.quantity, view.message = "weight_norm", "one"
        app.board.repaint(numbers=False)
        assert sent == []
        app.board.repaint()
        assert set(sent) == {22}
        link.wrote(100_000)
        view.message = "two"
        app.board.repaint()
        assert "one" in app.board.strip(22).text


def test_a_character_that_changes_is_sent_whole() -> None:
    """Its left half changes, its right half is the same TAIL."""
    old, new = Grid.blank(8, 1), Grid.blank(8, 1)
    old.text(0, 0, "a信号")
    new.text(0, 0, "a按号")
    changed = old.code != new.code
    assert changed[0].tolist() == [False, True, *[False] * 6]
    _join_halves(changed, new.code == TAIL)
    assert changed[0].tolist() == [False, True, True, *[False] * 5]


async def test_wide_names_reach_the_terminal_whole() -> None:
    view = scenes.named(("卷积层编码", "层归一化"))
    source = FakeSource([State(word="training")], view.state.info)
    app = GradtuiApp(source, environ={"TERM": "xterm-256color", "COLORTERM": "truecolor"})
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
