"""`gradtui doctor`: the findings of a recorded run."""

from __future__ import annotations

import click

from gradtui.commandline.options import run_dir_option
from gradtui.core.language import ENGLISH, speak


@click.command("doctor")
@click.argument("run", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@run_dir_option
def command(run: str | None, as_json: bool, run_dir: str | None) -> None:
    """What was wrong with a run, the evidence, and what to try; of the newest if none is named."""
    if as_json:
        speak(ENGLISH)
    from gradtui.headless.findings import show
    from gradtui.runs.paths import find, folder

    show(find(run, folder(run_dir)), as_json=as_json)
