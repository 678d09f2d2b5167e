"""`gradtui lab`: an experiment on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradtui.commandline.options import request_of, run_options, spec_of, whole
from gradtui.core.errors import GradtuiError

if TYPE_CHECKING:
    from gradtui.catalog.specs import Request
    from gradtui.core.source import Source


@click.command("lab")
@run_options
@click.option("--theme", default="dark", metavar="NAME", help="A name of `gradtui list themes`.")
@click.option("--fps", callback=whole(1), metavar="N", help="Repaints a second, at most.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
@click.option(
    "--record",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep the keys that are pressed as a demo, in a new .toml file.",
)
def command(theme: str, fps: int | None, no_mouse: bool, record: Path | None, **asked: Any) -> int:
    """Train an experiment on the screen, and change it by key."""
    request = request_of(**asked)
    spec = spec_of(request)
    from gradtui.headless.listing import left_out
    from gradtui.sources.thread import ThreadSource
    from gradtui.tui import app
    from gradtui.tui.launch import Launch
    from gradtui.tui.theme import load

    load(theme)
    how: dict[str, Any] = {
        "theme": theme, "fps": fps, "notices": left_out(), "launch": Launch(request, ThreadSource)
    }  # fmt: skip
    if record is not None:
        return _recorded(record, request, ThreadSource(spec), how)
    return app.run(ThreadSource(spec), mouse=not no_mouse, **how)


def _recorded(file: Path, request: Request, source: Source, how: dict[str, Any]) -> int:
    """The same, with a notebook beside; the mouse has no keys, so it is left to the terminal."""
    from gradtui.core import clock
    from gradtui.demos.notebook import Notebook
    from gradtui.tui import app, terminal
    from gradtui.tui.heard import Heard

    terminal.require()
    notebook = Notebook(file, request, clock.now())
    lab = Heard(
        source, mouse=False, told=lambda key, state: notebook.heard(key, state, clock.now()), **how
    )
    status = app.show(lab)
    try:
        click.echo(notebook.close(lab.view.state, clock.now()))
    except GradtuiError:
        click.echo(notebook.script(clock.now()))  # nothing is lost: it stands on the screen
        raise
    return status
