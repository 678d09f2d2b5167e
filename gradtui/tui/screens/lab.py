"""The main screen: one dashboard, and what the keys do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult, ScreenStackError
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from gradtui.core.commands import Command
from gradtui.core.errors import UsageError
from gradtui.core.records import Value
from gradtui.tui import looking, shot, theme
from gradtui.tui.actions import ACTIONS, Action, Turn
from gradtui.tui.bridge import QUICK, Bridge
from gradtui.tui.dashboard import Dashboard
from gradtui.tui.pulse import Pulse
from gradtui.tui.screens import windows
from gradtui.tui.screens.looks import Looks
from gradtui.tui.screens.page import Page
from gradtui.tui.screens.steers import Steers
from gradtui.tui.theme import Palette
from gradtui.tui.view import View, following

ARRIVAL = 100
"""Looks at whether the first picture has arrived at the far end of a line."""
BY_ID = {action.id: action for action in ACTIONS}


def _wrong(error: Exception) -> str:
    """What went wrong, as the finding line says it."""
    usage = isinstance(error, UsageError)
    return str(error) if usage else f"that did not work: {type(error).__name__}: {error}"


class Lab(Looks, Steers, inherit_bindings=False):
    """Wires keys to the run and to the view. A fault becomes a sentence; the run goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(action.keys, f"perform({action.id!r})", action.label, show=False, id=action.id)
        for action in ACTIONS
    ]

    class Stands(Message):
        """The first picture is out: keys are obeyed."""

    def __init__(
        self,
        bridge: Callable[[Callable[[bool], None], Callable[[], bool]], Bridge],
        palette: Palette,
        dress: Callable[[str], Palette],
        open_run: Callable[[str], None],
        stays: str,
        leave_training: Callable[[], None],
    ) -> None:
        """`bridge(repaint, answer)` makes the bridge, `dress(name)` gives the whole app a theme,
        `open_run(name)` leaves for another experiment, `stays` says what it keeps;
        `leave_training()` closes the screen, and the run goes on."""
        super().__init__()
        self.bridge = bridge(self._repaint, self._answer)
        self.palette = palette
        self._dress, self.begin, self.stays = dress, open_run, stays
        self._leave_training = leave_training
        painter = self._composer
        self._dashboard = Dashboard(
            self.view, palette, painter, words=painter.words, answer=painter.answer
        )
        self._pulse = Pulse(self._tick, self._failed)
        self._asked = False
        self._waits = ARRIVAL

    @property
    def view(self) -> View:
        return self.bridge.view

    def compose(self) -> ComposeResult:
        yield self._dashboard

    def on_mount(self) -> None:
        # Importing torch holds the interpreter for a while: the first picture goes out before.
        self.call_after_refresh(self.set_timer, QUICK, self._begin_on_arrival)

    def on_unmount(self) -> None:
        """Another lab has taken this one's place: its run is not polled any more."""
        self._pulse.stop()

    def _begin_on_arrival(self) -> None:
        """The first picture tells how fast a line is, if nothing disturbs the answer to it."""
        link = self.view.link
        if link is not None and not link.free and self._waits:
            self._waits -= 1
            self.set_timer(QUICK, self._begin_on_arrival)
        else:
            self._begin()

    def _begin(self) -> None:
        self.post_message(self.Stands())
        self.bridge.on_news = self._pulse.soon
        self.bridge.start()
        self._pulse.begin()

    def _tick(self) -> None:
        self._pulse.after(self.bridge.tick())
        if self.view.slow:
            for board in self.app.screen.query(Dashboard):
                board.catch_up()

    def _failed(self, error: Exception) -> None:
        """As any handler's: the app ends, and says why."""
        self.app._handle_exception(error)

    def _repaint(self, numbers: bool) -> None:
        # Under a window a repaint sends every cell again, hundreds of kilobytes a second.
        try:
            top = self.app.screen
        except ScreenStackError:  # the way out has begun
            return
        if top is self:
            self._dashboard.repaint(numbers)
        elif isinstance(top, Page):
            top.repaint(numbers)

    def _answer(self) -> bool:
        top = self.app.screen_stack[-1:]
        return top == [self] and self._dashboard.answer()

    def on_screen_resume(self) -> None:
        self._repaint(True)

    def say(self, sentence: str) -> None:
        self.bridge.say(sentence)

    def action_perform(self, name: str) -> None:
        """What a key, or the palette, asks for."""
        self.guarded(lambda: self._perform(BY_ID[name]))

    def choose(self, knob: str, value: Value) -> None:
        """Give a knob a value that a menu or the palette named."""
        self.guarded(lambda: self._send(self.bridge.steering.set(knob, value)))

    def assign(self, line: str) -> None:
        """Give a knob what `KNOB=VALUE` says; `UsageError` says what is wrong with it."""
        self._send(self.bridge.steering.assign(line))

    def turn(self, knob: str, up: bool) -> None:
        """Give a knob its next or previous value."""
        self.guarded(lambda: self._send(self.bridge.steering.turn(knob, up=up)))

    def guarded(self, deed: Callable[[], None]) -> None:
        """Do it; what goes wrong is said in the finding line."""
        said, self.view.message, self._asked = self.view.message, "", False
        try:
            deed()
        except Exception as error:
            self.bridge.say(_wrong(error))
        # The answer paints all a few milliseconds later; painting twice would make it late.
        wiped = self.view.message != said
        if not self._asked or (wiped and not self._answer()):
            self._repaint(True)

    def _perform(self, action: Action) -> None:
        does = action.does
        if isinstance(does, Turn):
            self._send(self.bridge.steering.turn(does.knob, up=does.up))
        else:
            numbers = () if does.number is None else (does.number,)
            getattr(self, f"do_{does.name}")(*numbers)

    def _send(self, command: Command) -> None:
        self.bridge.send(command)
        self._asked = True
        self._pulse.after(QUICK)

    def do_quit(self) -> None:
        self.app.exit(0)

    def do_background(self) -> None:
        self._leave_training()

    def do_init(self) -> None:
        windows.menu(self)

    def do_knob(self) -> None:
        if self.view.state.info.recording:
            self.at_home("a step to go to")
            looking.ask_step(self.view, self.seek)
        else:
            windows.prompt(self)

    def do_experiment(self) -> None:
        windows.chooser(self)

    def do_screenshot(self) -> None:
        self.run_worker(self._shoot(shot.shown(self.app)))

    async def _shoot(self, rows: list[Strip]) -> None:
        """Write in a thread: a folder may lie at the other end of a slow network."""
        try:
            stem = shot.stem(self.view.state)
            file = await asyncio.to_thread(shot.save, rows, shot.folder(), stem)
        except Exception as error:
            self.bridge.say(_wrong(error))
        else:
            self.bridge.say(f"screenshot: {file} and .txt")
        self._repaint(True)

    def do_theme(self) -> None:
        self.wear(following(theme.names(), self.palette.name))

    def wear(self, name: str) -> None:
        """Take another theme."""
        self.palette = self._dress(name)
        self._dashboard.set_palette(self.palette)
        for page in self.app.screen_stack:
            if isinstance(page, Page):
                page.set_palette(self.palette)
        self.bridge.say(f"theme {name}")

    def do_detail(self, over_time: int = 0) -> None:
        windows.detail(self, over_time=bool(over_time))

    def do_time(self) -> None:
        windows.onwards(self)

    def do_lesson(self) -> None:
        windows.lesson(self)

    def do_guide(self) -> None:
        windows.guide(self)

    def do_help(self) -> None:
        windows.page(self)

    def do_palette(self) -> None:
        windows.commands(self)
