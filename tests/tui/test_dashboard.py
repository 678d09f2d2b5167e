"""The widget: what is sent, and what is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region

from gradtui.core.records import Notice, State
from gradtui.tui import theme
from gradtui.tui.dashboard import Dashboard
from gradtui.tui.grid import Grid
from gradtui.tui.link import CALM, Link
from gradtui.tui.slices import Slice
from gradtui.tui.view import View
from tests.tui import scenes


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Region]:
    """The regions of the screen that were sent, in the order of the refreshes."""
    regions: list[Region] = []
    refresh = Slice.refresh

    def spy(part: Slice, *dirty: Region, **how: bool) -> Slice:
        regions.extend(dirty or [part.region])
        return refresh(part, *dirty, **how)

    monkeypatch.setattr(Slice, "refresh", spy)
    return regions


class One(App[None]):
    def __init__(self, view: View, words: Callable[[], Sequence[int]] = tuple) -> None:
        super().__init__()
        self.board = Dashboard(view, theme.load("dark"), words=words)

    def compose(self) -> ComposeResult:
        yield self.board


async def test_a_paused_screen_sends_nothing(sent: list[Region]) -> None:
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


async def test_only_the_rows_that_changed_are_sent(sent: list[Region]) -> None:
    view = scenes.paused()
    app = One(view)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        sent.clear()
        view.message = "theme light"
        view.state.reduce([Notice(text="a notice alone changes no cell")])
        app.board.repaint()
        assert {region.y for region in sent} == {22}


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


async def test_a_slow_line_gets_what_answers_a_key_before_the_rest(sent: list[Region]) -> None:
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
        assert {region.y for region in sent} <= {0, 1, 22}
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


async def test_a_line_in_use_gets_no_more_than_words(sent: list[Region]) -> None:
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
        assert {region.y for region in sent} == {22}
        link.wrote(100_000)
        view.message = "two"
        app.board.repaint()
        assert "one" in app.board.strip(22).text
