"""`gradtui compare`: recorded runs beside each other."""

from __future__ import annotations

import click

from gradtui.commandline.options import run_dir_option
from gradtui.core.errors import UsageError


@click.command("compare")
@click.argument("names", nargs=-1, metavar="RUN RUN…")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@run_dir_option
def command(names: tuple[str, ...], as_json: bool, run_dir: str | None) -> None:
    """What runs were told differently, and where each of them came to."""
    if len(names) < 2:
        raise UsageError("name two runs or more; `gradtui runs` lists them.")
    from gradtui.headless.compare import compare
    from gradtui.runs.paths import find, folder

    where = folder(run_dir)
    compare([find(name, where) for name in names], as_json=as_json)
