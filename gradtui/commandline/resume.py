"""`gradtui resume`: a run that was stopped, or killed, goes on from its newest checkpoint."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from gradtui.commandline.options import look, run_argument, run_dir_option, screen_options, whole
from gradtui.core.errors import GradtuiError, UsageError
from gradtui.core.language import ENGLISH, speak
from gradtui.core.text import printable

if TYPE_CHECKING:
    from gradtui.runs.lock import RunLock
    from gradtui.runs.resume import Return


@click.command("resume")
@run_argument()
@click.option("--steps", callback=whole(1), metavar="N", help="The run's length in all.")
@click.option("--epochs", callback=whole(1), metavar="N", help="The same in passes over the data.")
@click.option("--at", multiple=True, metavar="STEP:KNOB=VALUE", help="A knob before that step.")
@run_dir_option
@click.option("--json", "as_json", is_flag=True, help="No screen: JSON Lines from that step on.")
@click.option(
    "--every",
    callback=whole(1),
    default="1",
    metavar="N",
    help="With --json: write every N-th step only.",
)
@click.option("--detach", is_flag=True, help="In the background: print the run's id and path.")
@click.option("--without-screen", is_flag=True, hidden=True)
@screen_options
def command(
    run: str, steps: int | None, epochs: int | None, at: tuple[str, ...], run_dir: str | None,
    as_json: bool, every: int, detach: bool, without_screen: bool, **shown: Any,
) -> int:  # fmt: skip
    """Go on with a run as if it had never stopped."""
    from gradtui.runs.lock import RunLock
    from gradtui.runs.paths import find, folder

    if as_json:
        speak(ENGLISH)
    path = find(run, folder(run_dir))
    headless = as_json or detach or without_screen
    lock = RunLock(path)
    try:
        lock.acquire()
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"{printable(str(path))} cannot be gone on with: {reason}.") from error
    try:
        from gradtui.runs.resume import read

        back = read(path, steps=steps, epochs=epochs)
        _check_length(back, steps, ends=headless)
        back = _scripted(back, at)
        _check_data(back)
    except BaseException:
        lock.release()
        raise
    if detach:
        lock.release()
        return _in_background(back, steps, epochs, at, as_json=as_json)
    if headless:
        return _follow(back, lock, as_json=as_json, every=every)
    return _show(back, lock, **shown)


def _check_length(back: Return, steps: int | None, *, ends: bool) -> None:
    """A run without a screen needs steps to make; one with a screen pauses at its end."""
    name, made, total = printable(back.path.stem), back.step, back.end
    if back.longer and total <= made:
        given = f"--steps {steps}" if steps is not None else "this length"
        raise UsageError(f"{given} is the total, and {name} stands at step {made} already.")
    if ends and 0 <= total <= made:
        raise UsageError(f"{name} is finished at step {made}; --steps N goes on to N in all.")


def _scripted(back: Return, at: tuple[str, ...]) -> Return:
    """With more interventions to come."""
    from gradtui.catalog.specs import intervention

    added = [intervention(text) for text in at]
    for text, (step, _, _) in zip(at, added, strict=True):
        if step < back.step:
            raise UsageError(f"--at {text!r} lies behind: the run goes on at step {back.step}.")
    if back.state is None:
        script = sorted([*back.spec.script, *added], key=lambda item: item[0])
        return replace(back, spec=replace(back.spec, script=tuple(script)))
    document = dict(back.state.document)
    listed = sorted([*document["script"][::-1], *map(list, added)], key=lambda item: item[0])
    state = replace(back.state, document=document | {"script": listed[::-1]})
    return replace(back, state=state)


def _check_data(back: Return) -> None:
    """A table that has moved is told of before anything of the file is cut."""
    from gradtui.engine import data

    spec = back.spec
    data.load(spec.data, spec.rows, int(spec.fixed["length"]))


def _follow(back: Return, lock: RunLock, *, as_json: bool, every: int) -> int:
    from gradtui.headless.train import train
    from gradtui.sources.thread import ThreadSource

    source = ThreadSource(back.spec, lossless=True, timely=not as_json, back=back, lock=lock)
    more = {"resumed": back.step, "knobs": back.knobs}
    try:
        return train(
            source, as_json=as_json, every=every, path=back.path, past=back.past, more=more
        )
    except GradtuiError:
        if isinstance(source.error, UsageError):  # the file's fault, and it is as it was
            raise source.error from None
        raise


def _show(back: Return, lock: RunLock, **shown: Any) -> int:
    from functools import partial

    from gradtui import catalog
    from gradtui.catalog.specs import Request
    from gradtui.headless.detach import Behind
    from gradtui.sources.thread import ThreadSource
    from gradtui.tui import start
    from gradtui.tui.launch import Launch
    from gradtui.tui.theme import load

    load(shown["theme"])
    spec = back.spec
    request = Request(
        spec.experiment.name, seed=spec.seed, device=spec.device, probe=spec.probe,
        sample_every=spec.sample_every,
    )  # fmt: skip
    source = ThreadSource(spec, back=back, lock=lock)
    how = look(
        shown,
        notices=catalog.left_out(),
        launch=Launch(request, partial(ThreadSource, where=back.path.parent)),
        past=back.past,
        behind=Behind(back.path.parent),
    )
    status = start.run(source, **how)
    if isinstance(source.error, UsageError):  # the file's fault: the screen has said it, too
        raise source.error
    return status


def _in_background(
    back: Return, steps: int | None, epochs: int | None, at: tuple[str, ...], *, as_json: bool
) -> int:
    from gradtui.headless.detach import detach, tell

    given = [f"--at={text}" for text in at]
    given += [] if steps is None else [f"--steps={steps}"]
    given += [] if epochs is None else [f"--epochs={epochs}"]
    process = detach(["resume", str(back.path), *given, "--without-screen"], back.path)
    tell(back.path, process, as_json=as_json)
    return 0
