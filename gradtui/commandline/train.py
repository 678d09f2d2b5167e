"""`gradtui train`: an experiment without a screen."""

from __future__ import annotations

from typing import Any

import click

from gradtui.commandline.options import kept_in, request_of, run_options, spec_of, whole


@click.command("train")
@run_options
@click.option("--json", "as_json", is_flag=True, help="JSON Lines to stdout, nothing else.")
@click.option(
    "--every",
    callback=whole(1),
    default="1",
    metavar="N",
    help="With --json: write every N-th step only.",
)
def command(as_json: bool, every: int, run_dir: str | None, no_save: bool, **asked: Any) -> int:
    """Train an experiment without a screen."""
    spec, where = spec_of(request_of(**asked)), kept_in(run_dir, no_save)
    from gradtui.headless.listing import left_out
    from gradtui.headless.train import train as follow
    from gradtui.sources.thread import ThreadSource

    if spec.device not in ("auto", "cpu"):
        # Only torch knows whether it is there; asked now, so that nothing is half-written.
        from gradtui.engine.device import resolve

        resolve(spec.device)
    for sentence in left_out():
        click.echo(f"gradtui: {sentence}", err=True)
    source = ThreadSource(spec, lossless=True, where=where)
    path = None if source.writer is None else source.writer.path
    return follow(source, as_json=as_json, every=every, path=path)
