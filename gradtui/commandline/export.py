"""`gradtui export`: a recorded run in the files that others read."""

from __future__ import annotations

from pathlib import Path

import click

from gradtui.commandline.options import run_dir_option, whole


@click.command("export")
@click.argument("run", required=False)
@click.option(
    "--format", "format_name", metavar="NAME", help="csv, jsonl, npz, script, tensorboard."
)
@click.option("--out", metavar="FILE", help="Where to; its ending says the format. - is stdout.")
@click.option(
    "--every",
    callback=whole(1),
    default="1",
    metavar="N",
    help="Every N-th step only; steps with a sample are kept.",
)
@click.option("--force", is_flag=True, help="Replace files that exist.")
@run_dir_option
def command(
    run: str | None, format_name: str | None, out: str | None, every: int, force: bool,
    run_dir: str | None,
) -> None:  # fmt: skip
    """Write a run, the newest where none is named, as a table, arrays, event files or a script.

    \b
    csv          a table, one row a step
    jsonl        the records of `gradtui train --json`
    npz          arrays of numpy, loaded without pickle
    script       a stand-alone PyTorch script that trains the same
    tensorboard  a folder with an event file: scalars, histograms
    """
    from gradtui.headless.export.command import export
    from gradtui.runs.paths import find, folder

    target = None if out is None else Path(out)
    path = find(run, folder(run_dir))
    export(path, target, format_name=format_name, every=every, force=force)
