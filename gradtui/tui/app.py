"""The app: it wires a source, a view, a bridge and the screens, and leaves in order."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from typing import Any, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType

from gradtui import catalog
from gradtui.catalog.walk import Walk
from gradtui.core.errors import UsageError
from gradtui.core.language import ENGLISH, speak
from gradtui.core.lesson import Lesson
from gradtui.core.records import Notice, Record
from gradtui.core.source import Source
from gradtui.core.state import RunState
from gradtui.tui import keymap, terminal
from gradtui.tui import theme as themes
from gradtui.tui.bridge import IMPORTING, Bridge, Examiner
from gradtui.tui.dress import textual_theme
from gradtui.tui.launch import Launch
from gradtui.tui.mouse import Clicks, Moves
from gradtui.tui.screens.lab import Lab
from gradtui.tui.succession import Successor
from gradtui.tui.terminal import Terminal
from gradtui.tui.theme import Palette
from gradtui.tui.view import View

INTERRUPTED = 128 + signal.SIGINT
HUNG_UP = 128 + signal.SIGHUP
GRACE = 0.3
"""Seconds that an import of torch is waited for on the way out."""


class GradtuiApp(App[int], inherit_bindings=False):
    """The lab on one source. Its return value is the exit status of the process."""

    # Not rebindable and above every window: the ways out, and the way to show what went wrong.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "leave(0)", show=False, priority=True),
        Binding("ctrl+s", "shoot", show=False, priority=True),
        Binding("ctrl+c", f"leave({INTERRUPTED})", show=False, priority=True),
    ]
    ENABLE_COMMAND_PALETTE = False  # it would add a binding of its own; the lab opens it
    ALLOW_SELECT = False  # every drag would paint the screen anew; terminals select with shift
    CSS = "Screen { overflow: hidden; }"

    def __init__(
        self,
        source: Source,
        *,
        theme: str = "dark",
        fps: int | None = None,
        notices: Sequence[str] = (),
        mouse: bool = True,
        launch: Launch | None = None,
        opening: str = IMPORTING,
        examine: bool = True,
        quantity: str = "signal",
        lesson: Lesson | None = None,
        past: Iterable[Record] = (),
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        """`fps` bounds the repaints; `notices` are said first; without `mouse` the terminal
        keeps it; without `launch` no other run can be started. `opening` is said first. Without
        `examine` the findings are those that the source tells. The lanes begin with `quantity`.
        `past`: what the run told before it goes on. `UsageError` for a wrong theme."""
        colors = terminal.colors(environ)
        reports = Clicks if environ.get("SSH_CONNECTION") else Moves
        super().__init__(driver_class=reports, ansi_color=colors != "truecolor")
        self.mouse, self._launch, self._opening = mouse, launch, opening
        self._examine = examine
        self._runs = count(1)
        self.animation_level = "none"  # every frame of an animation costs the training thread
        keys = keymap.load(keymap.path(environ))
        self.set_keymap(keys.bindings)
        self.view = View(
            RunState(source.info),
            quantity,
            colors=colors,
            unicode=terminal.unicode(environ),
            table=keys.table,
            walk=Walk(lesson) if lesson else None,
        )
        self.source, self._fps = source, fps
        self.dress(theme)
        self.view.state.reduce(past)
        for text in (*notices, *themes.problems(), *keys.faults):
            self.view.state.reduce([Notice(text=text)])
            self.view.message = text
        self.on_exit: Callable[[int], object] = lambda status: None
        """Told the exit status when the way out begins."""

    def on_mount(self) -> None:
        # Textual holds its first screen for good: a lab there would keep its run's history.
        self._enter(self._opening)

    def _enter(self, opening: str) -> None:
        """Show the present run in a mode: a stack of screens of its own, the lab below all."""
        mode = f"run {next(self._runs)}"
        self.add_mode(mode, lambda: self._lab(opening))
        self.switch_mode(mode)

    def _lab(self, opening: str) -> Lab:
        source, view = self.source, self.view

        def bridge(repaint: Callable[[bool], None]) -> Bridge:
            doctor = self._doctor if self._examine else None
            return Bridge(source, view, repaint, fps=self._fps, doctor=doctor, opening=opening)

        stays = self._launch.stays() if self._launch else ""
        return Lab(bridge, self._palette, self.dress, self.begin, stays)

    def begin(self, experiment: str) -> None:
        """Leave the present run for another one, in a lab of its own.

        What a person did to the terminal stays: theme, colours, keys, the lines they typed.
        """
        if self._launch is None:
            raise UsageError("this screen shows one run and cannot start another.")
        self.source = Successor(self._launch.again(experiment), self.source)
        taught = self.view.walk is not None and experiment in catalog.names("lessons")
        self.view = self.view.fresh(RunState(self.source.info))
        self.view.walk = Walk(catalog.lesson(experiment)) if taught else None
        left = self.current_mode
        self._enter("")
        self.remove_mode(left)

    def _doctor(self) -> Examiner:
        from gradtui.doctor.doctor import Doctor

        return Doctor(self.view.state)

    def dress(self, name: str) -> Palette:
        """Load a theme and give its colours to all that Textual draws; `UsageError` if unknown."""
        palette = self._palette = themes.load(name).limited(self.view.colors)
        if self.view.colors == "truecolor":
            self.register_theme(textual_theme(palette))
            self.theme = f"gradtui-{name}"
        else:  # the terminal's own colours
            self.theme = "ansi-dark"
        return palette

    def action_leave(self, status: int) -> None:
        """The ways out that always work."""
        self.exit(status)

    def action_shoot(self) -> None:
        """A screenshot of whatever is on the screen, also where `s` is a letter to type."""
        for screen in self.screen_stack:
            if isinstance(screen, Lab):
                screen.guarded(screen.do_screenshot)

    async def action_quit(self) -> None:
        self.exit(0)

    def exit(self, result: int | None = None, *args: Any, **kwargs: Any) -> None:
        """Begin the way out; the first status given is the exit status."""
        if self.return_value is None:
            self.on_exit(result or 0)
            super().exit(result or 0, *args, **kwargs)


async def _serve(app: GradtuiApp, screen: Terminal) -> int:
    """Run the app until a key, a signal or a broken link ends it."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, app.exit, 128 + number)
    app.on_exit = screen.deadline

    def hung_up() -> None:
        screen.deadline(HUNG_UP)
        loop.call_soon_threadsafe(app.exit, HUNG_UP)

    with screen.watched(hung_up):
        await app.run_async(mouse=app.mouse)
    if app.return_value is not None:
        return app.return_value
    return HUNG_UP if screen.vanished() else 1


def run(
    source: Source,
    *,
    theme: str = "dark",
    fps: int | None = None,
    notices: Sequence[str] = (),
    mouse: bool = True,
    launch: Launch | None = None,
    opening: str = IMPORTING,
    examine: bool = True,
    quantity: str = "signal",
    lesson: Lesson | None = None,
    past: Iterable[Record] = (),
) -> int:
    """Show a source until the person leaves; returns the exit status.

    `q` gives 0, Ctrl-C and signals 128 + n, a bug of the screen 1. The terminal is given back
    before the source is joined, for a step may take long.
    `UsageError` without a terminal, or for a wrong theme.
    """
    terminal.require()
    if not terminal.unicode(os.environ):
        speak(ENGLISH)  # nothing else has letters that it could show
    app = GradtuiApp(
        source, theme=theme, fps=fps, notices=notices, mouse=mouse, launch=launch,
        opening=opening, examine=examine, quantity=quantity, lesson=lesson, past=past,
    )  # fmt: skip
    screen = Terminal("utf-8" if app.view.unicode else "ascii")
    with screen.lent():
        status = asyncio.run(_serve(app, screen))
    _join(app.source, status, importing=app.view.state.word == "starting")
    return status


def _join(source: Source, status: int, *, importing: bool) -> None:
    """Close the source. An import of torch cannot be stopped, and nothing is lost by leaving it;

    a plain exit under a live torch thread would abort the process, so it is left at once.
    """
    closer = threading.Thread(target=source.close, name="gradtui-closer", daemon=True)
    closer.start()
    try:
        closer.join(GRACE)
        if closer.is_alive() and importing:
            os._exit(status)
        closer.join()
    except KeyboardInterrupt:  # a second Ctrl-C, while a long step is joined
        os._exit(INTERRUPTED)
