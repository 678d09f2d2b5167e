"""The app: it wires a source, a view, a bridge and the screens, and leaves in order."""

from __future__ import annotations

import os
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any, ClassVar, Unpack

from textual import events
from textual._context import visible_screen_stack
from textual.binding import Binding, BindingType

from gradtui import catalog
from gradtui.catalog.walk import Walk
from gradtui.core.crowd import Crowd
from gradtui.core.errors import UsageError
from gradtui.core.lesson import Lesson
from gradtui.core.records import Notice, Record
from gradtui.core.source import Source
from gradtui.core.state import RunState
from gradtui.tui import keymap, terminal
from gradtui.tui import theme as themes
from gradtui.tui.attire import textual_theme
from gradtui.tui.bridge import IMPORTING, Bridge, Examiner
from gradtui.tui.launch import Launch
from gradtui.tui.link import of_line
from gradtui.tui.mouse import Clicks, Moves
from gradtui.tui.screens.lab import Lab
from gradtui.tui.serve import INTERRUPTED, show
from gradtui.tui.showing import Behind, Showing
from gradtui.tui.succession import Successor
from gradtui.tui.terminal import Terminal
from gradtui.tui.theme import Palette
from gradtui.tui.typeahead import Typeahead
from gradtui.tui.view import POOR, Colors, View
from gradtui.tui.wire import Wire


class GradtuiApp(Typeahead, inherit_bindings=False):
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
    pictured = False
    """The terminal shows a first picture already, on its alternate screen."""
    modes: Sequence[Any] | None = None
    """Those that the terminal is given back with, where they are not those that Textual finds."""

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
        modest: bool = False,
        lesson: Lesson | None = None,
        past: Iterable[Record] = (),
        slow_link: bool | None = None,
        behind: Behind | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        """What `Showing` says of these; `UsageError` for a wrong theme."""
        self._colors = terminal.colors(environ)
        far = bool(environ.get("SSH_CONNECTION"))
        # by the thread that reads keys
        self.link = of_line(lambda: self.call_later(self._spare), far=far, slow=slow_link)
        colors, reports = self._affordable(), Wire if self.link else Clicks if far else Moves
        super().__init__(driver_class=reports, ansi_color=colors in POOR)
        self.mouse, self._launch, self._opening, self._examine = mouse, launch, opening, examine
        self._runs, self._modest, self._trained = count(1), modest, False
        self.animation_level = "none"  # every frame of an animation costs the training thread
        self.set_keymap((keys := keymap.load(keymap.path(environ))).bindings)
        self.view = View(
            RunState(source.info), colors=colors, unicode=terminal.unicode(environ),
            link=self.link, table=keys.table, walk=Walk(lesson) if lesson else None,
        )  # fmt: skip
        self.source, self._fps, self._behind, self._goes_on = source, fps, behind, False
        self.dress(theme)
        self.view.state.reduce(past)
        self._say(*notices, *themes.problems(), *keys.faults)
        self.on_exit: Callable[[int], object] = lambda status: None
        """Told the exit status when the way out begins."""

    def _say(self, *texts: str) -> None:
        for text in texts:
            self.view.state.reduce([Notice(text=text)])
            self.view.message = text

    def on_resize(self, event: events.Resize) -> None:
        """There and back at once is no change, but the terminal has lost the cells it cut."""
        if self.stands and event.size == self.screen.size:
            self.refresh(repaint=True, layout=True)

    def on_mount(self) -> None:
        # Textual holds its first screen for good: a lab there would keep its run's history.
        self._enter(self._opening)

    def _enter(self, opening: str) -> None:
        """Show the present run in a mode: a stack of screens of its own, the lab below all."""
        # What lies under a window now, a page of the run that is left, is passed on to each task
        # that begins here, and held as long as the new lab.
        visible_screen_stack.set([])
        mode = f"run {next(self._runs)}"
        self.add_mode(mode, lambda: self._lab(opening))
        self.switch_mode(mode)

    def _lab(self, opening: str) -> Lab:
        source, view = self.source, self.view

        def bridge(repaint: Callable[[bool], None], answer: Callable[[], bool]) -> Bridge:
            doctor = self._doctor if self._examine else None
            return Bridge(
                source, view, repaint, answer=answer, fps=self._fps, doctor=doctor,
                opening=opening, crowded=Crowd().presses if self._modest else None,
            )  # fmt: skip

        stays = self._launch.stays() if self._launch else ""
        return Lab(bridge, self._palette, self.dress, self.begin, stays, self.leave_training)

    def begin(self, experiment: str) -> None:
        """Leave the present run for another one, in a lab of its own.

        What a person did to the terminal stays: theme, colours, keys, the lines they typed.
        """
        if self._launch is None:
            raise UsageError("this screen shows one run and cannot start another.")
        self._trained = not self.importing
        self.source = Successor(self._launch.again(experiment), self.source)
        taught = self.view.walk is not None and experiment in catalog.names("lessons")
        self.view = self.view.fresh(RunState(self.source.info))
        self.view.walk = Walk(catalog.lesson(experiment)) if taught else None
        left = self.current_mode
        self._enter("")
        self.remove_mode(left)

    @property
    def importing(self) -> bool:
        """Torch is still imported, and no run has come further: nothing is lost by leaving it."""
        return not self._trained and self.view.state.word == "starting"

    def _doctor(self) -> Examiner:
        from gradtui.doctor.doctor import Doctor

        return Doctor(self.view.state)

    def dress(self, name: str) -> Palette:
        """Load a theme and give its colours to all that Textual draws; `UsageError` if unknown."""
        loaded = themes.load(name)
        palette = self._palette = loaded.limited(self.view.colors)
        if self.view.colors not in POOR:
            self.register_theme(textual_theme(loaded))
            self.theme = f"gradtui-{name}"
        else:  # the terminal's own colours
            self.theme = "ansi-dark"
        return palette

    def _affordable(self) -> Colors:
        """What the terminal can show and the line can carry: colours are half of the bytes."""
        slow = self.link is not None and self.link.slow
        return "16" if slow and self._colors not in POOR else self._colors

    def _spare(self) -> None:
        """The line turned out to be slow, or no longer: paint with what it can carry."""
        if self.link is None:
            return
        self.view.colors = self._affordable()
        self.ansi_color = self.view.colors in POOR
        for screen in self.screen_stack:
            if isinstance(screen, Lab):
                screen.wear(self._palette.name)
                # painted though nothing new may come from a run that is paused
                screen.guarded(partial(screen.say, self.link.sentence()))

    def action_leave(self, status: int) -> None:
        """The ways out that always work."""
        self.exit(status)

    def action_shoot(self) -> None:
        """A screenshot of whatever is on the screen, also where `s` is a letter to type."""
        for screen in self.screen_stack:
            if isinstance(screen, Lab):
                screen.guarded(screen.do_screenshot)

    def leave_training(self) -> None:
        """Close the screen; the run goes on. `UsageError` where it cannot."""
        state = self.view.state
        if state.word in ("failed", "not finite", "finished", "starting"):
            raise UsageError(f"a run that is {state.word} is not left training; q quits.")
        if reason := self._behind.refusal(state.info.run) if self._behind else "":
            raise UsageError(f"{reason}; q quits.")
        self._goes_on = self._behind is not None
        self.exit(0)

    def go_on(self) -> None:
        """What was asked for on the way out, once the source is closed."""
        if self._behind is not None and self._goes_on:
            self._behind.go_on(self.source.info.run)

    async def action_quit(self) -> None:
        self.exit(0)

    def exit(self, result: int | None = None, *args: Any, **kwargs: Any) -> None:
        """Begin the way out; the first status given is the exit status."""
        if self.return_value is None:
            self.on_exit(result or 0)
            super().exit(result or 0, *args, **kwargs)


def run(
    source: Source,
    opened: Terminal,
    make: Callable[..., GradtuiApp] = GradtuiApp,
    loop: Callable[[], AbstractEventLoop] | None = None,
    **showing: Unpack[Showing],
) -> int:
    """Show a source on a terminal that shows a first picture; returns what `show` does."""
    if terminal.in_screen(os.environ):
        os.environ.pop("COLORTERM", None)  # Rich would believe it
        showing["mouse"] = False  # while an application has it, GNU screen 4.9 swallows escape
    app = make(source, **showing)
    app.pictured, app.modes = True, opened.modes
    status = show(app, loop, screen=opened)
    app.go_on()
    return status
