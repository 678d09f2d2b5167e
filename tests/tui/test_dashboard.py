"""The widget: what is sent, and what is not."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region

from gradtui.core.records import Notice, State
from gradtui.tui import theme
from gradtui.tui.dashboard import Dashboard, Slice
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
    def __init__(self, view: View) -> None:
        super().__init__()
        self.board = Dashboard(view, theme.load("dark"))

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
