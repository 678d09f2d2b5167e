"""The widget: what is sent, and what is not."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.geometry import Region

from gradtui.core.records import Notice, State
from gradtui.tui import theme
from gradtui.tui.dashboard import Dashboard
from gradtui.tui.view import View
from tests.tui import scenes


class Spy(Dashboard):
    """Remembers the regions of each refresh."""

    def __init__(self, view: View) -> None:
        super().__init__(view, theme.load("dark"))
        self.sent: list[tuple[Region, ...]] = []

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Spy:
        if hasattr(self, "sent"):
            self.sent.append(regions)
        super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        return self


class One(App[None]):
    def __init__(self, view: View) -> None:
        super().__init__()
        self.spy = Spy(view)

    def compose(self) -> ComposeResult:
        yield self.spy


async def test_a_paused_screen_sends_nothing() -> None:
    app = One(scenes.paused())
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.pause()
        app.spy.sent.clear()
        app.spy.repaint()
        app.spy.repaint(numbers=False)
        assert app.spy.sent == []


async def test_only_the_rows_that_changed_are_sent() -> None:
    view = scenes.paused()
    app = One(view)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.spy.sent.clear()
        view.message = "theme light"
        view.state.reduce([Notice(text="a notice alone changes no cell")])
        app.spy.repaint()
        (regions,) = app.spy.sent
        assert {region.y for region in regions} == {22}


async def test_the_state_is_seen_on_a_quick_repaint() -> None:
    view = scenes.vanished()
    app = One(view)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        view.state.reduce([State(word="paused", step=299)])
        app.spy.repaint(numbers=False)
        assert app.spy.render_line(0).text.endswith("‖ paused")


async def test_resize_and_theme_repaint_everything() -> None:
    app = One(scenes.cured())
    async with app.run_test(size=(80, 24)) as pilot:
        for size in ((160, 45), (20, 5), (40, 12), (250, 80)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            lines = [app.spy.render_line(y) for y in range(size[1])]
            assert {line.cell_length for line in lines} == {size[0]}
        app.spy.set_palette(theme.load("light"))
        background = next(iter(app.spy.render_line(2))).style
        assert background is not None
        assert background.bgcolor is not None
        assert background.bgcolor.name == theme.load("light").color("bg")
