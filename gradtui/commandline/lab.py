"""`gradtui lab`: an experiment on the screen."""

from __future__ import annotations

from typing import Any

import click

from gradtui.commandline.options import request_of, run_options, spec_of, whole


@click.command("lab")
@run_options
@click.option("--theme", default="dark", metavar="NAME", help="A name of `gradtui list themes`.")
@click.option("--fps", callback=whole(1), metavar="N", help="Repaints a second, at most.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
@click.option(
    "--slow-link/--no-slow-link", default=None,
    help="Spare the line to the terminal; over SSH it is measured.",
)  # fmt: skip
def command(
    theme: str, fps: int | None, no_mouse: bool, slow_link: bool | None, **asked: Any
) -> int:
    """Train an experiment on the screen, and change it by key."""
    request = request_of(**asked)
    spec = spec_of(request)
    from gradtui.headless.listing import left_out
    from gradtui.sources.thread import ThreadSource
    from gradtui.tui import app
    from gradtui.tui.launch import Launch
    from gradtui.tui.theme import load

    load(theme)
    return app.run(
        ThreadSource(spec),
        theme=theme,
        fps=fps,
        notices=left_out(),
        mouse=not no_mouse,
        launch=Launch(request, ThreadSource),
        slow_link=slow_link,
    )
