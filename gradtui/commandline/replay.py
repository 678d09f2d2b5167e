"""`gradtui replay`: a recorded run through the same screen, or trained again to compare."""

from __future__ import annotations

from typing import Any

import click

from gradtui.commandline.options import look, print_screen, run_dir_option, screen_options, whole
from gradtui.core.errors import UsageError


@click.command("replay")
@click.argument("run", required=False)
@run_dir_option
@screen_options
@click.option("--at", callback=whole(0), metavar="STEP", help="Begin at this step.")
@click.option("--verify", is_flag=True, help="Train it again: is every step the same?")
@click.option("--once", is_flag=True, help="Print the screen as plain text, and leave.")
@click.option("--json", "as_json", is_flag=True, help="Print the state as JSON, and leave.")
def command(
    run: str | None, run_dir: str | None, at: int | None, verify: bool, once: bool,
    as_json: bool, **shown: Any,
) -> int:  # fmt: skip
    """Play a recorded run; the newest one where none is named.

    space plays and pauses, . and , step, < and > change the speed, : goes to a step, ( ) to an
    intervention, ' " to a finding.
    """
    from gradtui.runs.paths import find, folder

    path = find(run, folder(run_dir))
    if verify:
        if once or at is not None:
            raise UsageError("--verify trains the whole run: it takes neither --once nor --at.")
        from gradtui.headless.verify import verify as train_again

        return train_again(path, as_json=as_json)
    from gradtui.sources.replay import ReplaySource

    source = ReplaySource(path)
    if once or as_json:
        rows = source.moments.rows
        source.begin(rows if at is None else source.moments.row_of(at))
        told = source.whole()
        source.close()
        return print_screen(source.info, told, path, as_json=as_json)
    if at is not None:
        source.begin(source.moments.row_of(at))
    from gradtui.tui import start

    opening = f"opening {source.info.run}"
    return start.run(source, **look(shown, examine=False, opening=opening))
