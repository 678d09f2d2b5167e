"""`gradtui lab`: an experiment on the screen."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from gradtui.commandline.options import kept_in, request_of, run_options, screen_options, spec_of


@click.command("lab")
@run_options
@screen_options
def command(
    theme: str, fps: int | None, no_mouse: bool, run_dir: str | None, no_save: bool, **asked: Any
) -> int:
    """Train an experiment on the screen, and change it by key."""
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
    )
