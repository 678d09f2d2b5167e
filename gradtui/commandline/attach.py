"""`gradtui attach`: a run of another process, or one that has ended, on the screen."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from gradtui.commandline.options import look, print_screen, run_dir_option, screen_options
from gradtui.core.paths import expand


@click.command("attach")
@click.argument("run", required=False)
@run_dir_option
@screen_options
@click.option("--once", is_flag=True, help="Print the screen as plain text, and leave.")
@click.option("--json", "as_json", is_flag=True, help="Print the state as JSON, and leave.")
def command(run: str | None, run_dir: str | None, once: bool, as_json: bool, **shown: Any) -> int:
    """Look at a run and steer it; the newest one where none is named.

    While it is trained, the viewer runs at a lower priority (nice 10), and paints less often where
    others wait for the cores: the run goes first.

    RUN may be a folder of TensorBoard event files: what somebody else trains, to look at.
    """
    if run is not None and expand(run).is_dir():
        return _events(expand(run), once=once, as_json=as_json, **shown)
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
        opening = f"opening {source.info.run}"
        return start.run(source, **look(shown, examine=False, modest=True, opening=opening))


def _events(path: Path, *, once: bool, as_json: bool, **shown: Any) -> int:
    """The same of a folder of event files."""
    from gradtui.sources.tensorboard import TensorBoardSource

    source = TensorBoardSource(path)
    if once or as_json:
        told = source.whole()
        return print_screen(source.info, told, source.path, as_json=as_json)
    from gradtui.tui import start

    opening = f"reading {source.info.experiment}"
    return start.run(source, **look(shown, examine=source.has_loss, opening=opening))
