"""`gradtui train`: an experiment without a screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradtui.commandline.options import kept_in, request_of, run_options, spec_of, whole
from gradtui.core.errors import UsageError
from gradtui.core.language import ENGLISH, speak

if TYPE_CHECKING:
    from gradtui.catalog.specs import Request


@click.command("train")
@run_options
@click.option("--json", "as_json", is_flag=True, help="JSON Lines to stdout, nothing else.")
@click.option("--detach", is_flag=True, help="In the background: print the run's id and path.")
@click.option("--as", "run_id", hidden=True, metavar="ID")
@click.option(
    "--every",
    callback=whole(1),
    default="1",
    metavar="N",
    help="With --json: write every N-th step only.",
)
def command(
    as_json: bool, detach: bool, run_id: str | None, every: int, run_dir: str | None,
    no_save: bool, **asked: Any,
) -> int:  # fmt: skip
    """Train an experiment without a screen."""
    if as_json:
        speak(ENGLISH)  # programs read it
    request = request_of(**asked)
    spec, where = spec_of(request), kept_in(run_dir, no_save)
    from gradtui import catalog
    from gradtui.headless.train import train as follow
    from gradtui.sources.thread import ThreadSource

    if spec.device not in ("auto", "cpu"):
        # Only torch knows whether it is there; asked now, so that nothing is half-written.
        from gradtui.engine.device import resolve

        resolve(spec.device)
    for sentence in catalog.left_out():
        click.echo(f"gradtui: {sentence}", err=True)
    if detach:
        return in_background(request, where, as_json=as_json)
    # The records of --json do not depend on the clock; who looks on must not wait for a frame.
    source = ThreadSource(spec, lossless=True, timely=not as_json, where=where, run_id=run_id)
    path = None if source.writer is None else source.writer.path
    return follow(source, as_json=as_json, every=every, path=path)


def in_background(request: Request, where: Path | None, *, as_json: bool) -> int:
    """Start the same run in a process of its own."""
    if where is None:
        raise UsageError("--detach needs a run file, which --no-save forbids.")
    from gradtui.headless.detach import detach, tell
    from gradtui.runs.paths import file_of, new_id

    run_id = new_id(request.experiment)
    path = file_of(run_id, where)
    given = [f"--set={text}" for text in request.sets] + [f"--at={text}" for text in request.at]
    for name in ("steps", "epochs", "seed", "device", "data", "sample_every"):
        value = getattr(request, name)
        if value is not None:
            given.append(f"--{name.replace('_', '-')}={value}")
    given += ["--probe=" + ("on" if request.probe else "off"), f"--run-dir={where}"]
    process = detach(["train", request.experiment, *given, f"--as={run_id}"], path)
    tell(path, process, as_json=as_json)
    return 0
