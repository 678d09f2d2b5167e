"""`gradtui lab`: an experiment on the screen."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradtui.commandline.options import (
    SHOWN,
    kept_in,
    look,
    request_of,
    run_options,
    screen_options,
    spec_of,
)
from gradtui.core.errors import GradtuiError, UsageError

if TYPE_CHECKING:
    from gradtui.catalog.specs import Request
    from gradtui.core.lesson import Lesson
    from gradtui.core.source import Source
    from gradtui.core.state import RunState
    from gradtui.tui.heard import Heard
    from gradtui.tui.showing import Showing


@click.command("lab")
@run_options
@screen_options
@click.option("--lesson", "taught", metavar="NAME", help="A name of `gradtui list lessons`.")
@click.option(
    "--record",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep the keys that are pressed as a demo, in a new .toml file.",
)
def command(
    taught: str | None, record: Path | None, run_dir: str | None, no_save: bool, **asked: Any
) -> int:
    """Train an experiment on the screen, and change it by key."""
    shown = {name: asked.pop(name) for name in SHOWN}
    lesson = lesson_of(taught, asked)
    request = request_of(**asked)
    spec, where = spec_of(request), kept_in(run_dir, no_save)
    from gradtui import catalog
    from gradtui.headless.detach import Behind
    from gradtui.sources.thread import ThreadSource
    from gradtui.tui import start
    from gradtui.tui.launch import Launch
    from gradtui.tui.theme import load

    load(shown["theme"])
    open_source = partial(ThreadSource, where=where)
    how = look(
        shown, notices=catalog.left_out(), launch=Launch(request, open_source), lesson=lesson,
        behind=Behind(where),
    )  # fmt: skip
    if record is not None:
        return _recorded(record, request, open_source(spec), how)
    return start.run(open_source(spec), **how)


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


def _recorded(file: Path, request: Request, source: Source, how: Showing) -> int:
    """The same, with a notebook beside; the mouse has no keys, so it is left to the terminal."""
    from gradtui.core import clock
    from gradtui.demos.notebook import Notebook
    from gradtui.tui import start, terminal

    terminal.require()
    notebook = Notebook(file, request, clock.now())
    labs: list[Heard] = []

    def told(key: str, state: RunState) -> None:
        notebook.heard(key, state, clock.now())

    def heard(*given: Any, **options: Any) -> Heard:
        from gradtui.tui.heard import Heard  # behind the first picture

        labs.append(Heard(*given, told=told, **options))
        return labs[0]

    how["mouse"] = False
    status = start.run(source, heard, **how)
    try:
        click.echo(notebook.close(labs[0].view.state, clock.now()))
    except GradtuiError:
        click.echo(notebook.script(clock.now()))  # nothing is lost: it stands on the screen
        raise
    return status
