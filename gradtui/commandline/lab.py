"""`gradtui lab`: an experiment on the screen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from gradtui.commandline.options import kept_in, request_of, run_options, screen_options, spec_of
from gradtui.core.errors import UsageError

if TYPE_CHECKING:
    from gradtui.core.lesson import Lesson


@click.command("lab")
@run_options
@screen_options
@click.option("--lesson", "taught", metavar="NAME", help="A name of `gradtui list lessons`.")
def command(
    taught: str | None, theme: str, fps: int | None, no_mouse: bool, run_dir: str | None,
    no_save: bool, **asked: Any,
) -> int:  # fmt: skip
    """Train an experiment on the screen, and change it by key."""
    lesson = lesson_of(taught, asked)
    request = request_of(**asked)
    spec, where = spec_of(request), kept_in(run_dir, no_save)
    from gradtui.headless.listing import left_out
    from gradtui.sources.thread import ThreadSource
    from gradtui.tui import app
    from gradtui.tui.launch import Launch
    from gradtui.tui.theme import load

    load(theme)
    open_source = partial(ThreadSource, where=where)
    return app.run(
        open_source(spec),
        theme=theme,
        fps=fps,
        notices=left_out(),
        mouse=not no_mouse,
        launch=Launch(request, open_source),
        lesson=lesson,
    )


def lesson_of(name: str | None, asked: dict[str, Any]) -> Lesson | None:
    """The lesson that was asked for, if any; `asked` becomes what it runs on.

    `UsageError` for an unknown lesson, and for one that belongs to another experiment.
    """
    if name is None:
        return None
    from gradtui import catalog

    lesson = catalog.lesson(name)
    source = click.get_current_context().get_parameter_source("experiment")
    given = asked["experiment"]
    if source is click.core.ParameterSource.COMMANDLINE and given != lesson.experiment:
        raise UsageError(
            f"the lesson {name} is on {lesson.experiment}, not on {given}; leave {given} out."
        )
    asked["experiment"] = lesson.experiment
    asked["sets"] = (*lesson.sets, *asked["sets"])
    return lesson
