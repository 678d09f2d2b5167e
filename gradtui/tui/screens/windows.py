"""The windows and pages that the lab's keys open; each is loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from gradtui import catalog
from gradtui.catalog.walk import Walk
from gradtui.core.errors import UsageError
from gradtui.core.language import mark
from gradtui.tui import numbers
from gradtui.tui.actions import key_of
from gradtui.tui.ask import Ask
from gradtui.tui.dashboard import Painter
from gradtui.tui.screens.page import Page
from gradtui.tui.screens.window import Window
from gradtui.tui.steering import INITS

if TYPE_CHECKING:
    from gradtui.core.entries import Experiment
    from gradtui.core.lesson import Lesson
    from gradtui.tui.screens.commands import Command
    from gradtui.tui.screens.lab import Lab

Result = TypeVar("Result")


def prompt(lab: Lab) -> None:
    """Type any knob; `UsageError` on a page, which has no line for it."""
    lab.at_home("any knob")
    lab.view.prompt = Ask(lab.view.state, lab.view.typed, lab.assign)


def menu(lab: Lab) -> None:
    """Choose an init; `UsageError` where it cannot be changed."""
    from gradtui.tui.screens.menu import Menu

    def chosen(value: str | None) -> None:
        if value is not None:
            lab.choose("init", value)

    lab.bridge.steering.check("init")
    present = numbers.knob(lab.bridge.steering.wanted("init"))
    prompt = key_of(next(action for action in lab.view.table if action.id == "knob"))
    others = f"any other: {prompt}init=gain:0.7" if prompt else ""
    title = mark("re-initialise the weights")
    _open(lab, Menu(lab, below(lab), title, INITS, present, others), chosen)


def chooser(lab: Lab) -> None:
    """Read of the experiments, and choose the one to run next.

    A screen that cannot start one shows them too, and says so when one is chosen.
    """
    from gradtui.tui.screens.chooser import Chooser

    def chosen(entry: Experiment | None) -> None:
        if entry is not None:
            lab.guarded(lambda: lab.begin(entry.name))

    _open(lab, Chooser(lab, below(lab), lab.stays), chosen)


def page(lab: Lab) -> None:
    """The help."""
    from gradtui.tui.screens.help import Help

    _open(lab, Help(lab, below(lab)), lambda result: None)


def commands(lab: Lab) -> None:
    """The command palette."""
    from gradtui.tui.screens.commands import Commands

    def chosen(command: Command | None) -> None:
        if command is not None:
            command.deed()

    _open(lab, Commands(lab, below(lab)), chosen)


def detail(lab: Lab, *, over_time: bool = False) -> None:
    """The selected layer, its histograms as they are or over time; not above itself."""
    from gradtui.tui.screens.detail import Detail

    if not isinstance(lab.app.screen, Detail):
        lab.app.push_screen(Detail(lab, over_time=over_time))


def onwards(lab: Lab) -> None:
    """The view behind the present one: what the net says, the gradient through time; then back.

    A sentence for a net that has none of them.
    """
    from gradtui.tui.screens.speech import SpeechScreen
    from gradtui.tui.screens.through_time import TimeScreen

    state, top = lab.view.state, lab.app.screen
    views: list[type[SpeechScreen | TimeScreen]] = []
    if state.texts is not None:
        views.append(SpeechScreen)
    if state.through_time is not None:
        views.append(TimeScreen)
    if isinstance(top, SpeechScreen | TimeScreen):
        lab.app.pop_screen()
        views = views[views.index(type(top)) + 1 :] if type(top) in views else []
    elif not views:
        lab.bridge.say("no other view: a recurrent net has time, and one of symbols has texts")
    if views:
        lab.app.push_screen(views[0](lab))


def lesson(lab: Lab) -> None:
    """The formulas with this run's numbers; not above itself.

    `UsageError` for files that somebody else wrote: no formula can be told of them.
    """
    from gradtui.tui.screens.lesson import Lesson

    if "optimizer" not in lab.view.state.knobs:
        raise UsageError("the lesson needs a run of gradtui: these files tell no knobs.")
    if not isinstance(lab.app.screen, Lesson):
        lab.app.push_screen(Lesson(lab))


def guide(lab: Lab) -> None:
    """The page of the lesson that is on, or of the experiment's own, which may begin here."""
    from gradtui.tui.screens.guide import Guide

    def chosen(lesson: Lesson | None) -> None:
        if lesson is not None:
            lab.view.walk = Walk(lesson)
            lab.view.walk.follow(lab.view.state)

    walk, name = lab.view.walk, lab.view.state.info.experiment
    if walk is None:
        if name not in catalog.names("lessons"):
            raise UsageError(f"there is no lesson on {name}; `gradtui list lessons` has them all.")
        walk = Walk(catalog.lesson(name))
    _open(lab, Guide(lab, below(lab), walk), chosen)


def below(lab: Lab) -> Painter:
    """What painted the screen that a window is about to cover."""
    top = lab.app.screen
    return top.painter if isinstance(top, Page) else lab.painter


def _open(lab: Lab, window: Window[Result], chosen: Callable[[Result | None], None]) -> None:
    """One window at a time: above the lab, or above a page."""
    if not isinstance(lab.app.screen, Window):
        lab.app.push_screen(window, chosen)
