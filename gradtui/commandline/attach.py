"""`gradtui attach`: a run of another process, or one that has ended, on the screen."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import click

from gradtui.commandline.options import print_screen, run_dir_option, screen_options
from gradtui.core.paths import expand


@click.command("attach")
@click.argument("run", required=False)
@run_dir_option
@screen_options
@click.option("--once", is_flag=True, help="Print the screen as plain text, and leave.")
@click.option("--json", "as_json", is_flag=True, help="Print the state as JSON, and leave.")
def command(
    run: str | None, run_dir: str | None, theme: str, fps: int | None, no_mouse: bool,
    once: bool, as_json: bool,
) -> int:  # fmt: skip
    """Look at a run and steer it; the newest one where none is named.

    While it is trained, the viewer runs at a lower priority (nice 10), and paints less often where
    others wait for the cores: the run goes first.

    RUN may be a folder of TensorBoard event files: what somebody else trains, to look at.
    """
    if run is not None and expand(run).is_dir():
        return _events(expand(run), theme, fps, no_mouse=no_mouse, once=once, as_json=as_json)
    from gradtui.core.priority import standing_back
    from gradtui.runs.paths import find, folder
    from gradtui.sources.attach import AttachSource

    source = AttachSource(find(run, folder(run_dir)))
    if once or as_json:
        told = source.whole()
        source.close()
        return print_screen(source.info, told, source.path, as_json=as_json)
    from gradtui.tui import start

    with standing_back() if source.alive else nullcontext():
        return start.run(
            source, theme=theme, fps=fps, mouse=not no_mouse, examine=False, modest=True,
            opening=f"opening {source.info.run}",
        )  # fmt: skip


def _events(
    path: Path, theme: str, fps: int | None, *, no_mouse: bool, once: bool, as_json: bool
) -> int:
    """The same of a folder of event files."""
    from gradtui.sources.tensorboard import TensorBoardSource

    source = TensorBoardSource(path)
    if once or as_json:
        told = source.whole()
        return print_screen(source.info, told, source.path, as_json=as_json)
    from gradtui.tui import start

    return start.run(
        source, theme=theme, fps=fps, mouse=not no_mouse, examine=source.has_loss,
        opening=f"reading {source.info.experiment}",
    )  # fmt: skip
