"""`gradtui demo`: a scripted scene in the real lab, with real training."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradtui.commandline.options import positive

if TYPE_CHECKING:
    from gradtui.demos.clock import DemoClock
    from gradtui.demos.script import Script
    from gradtui.tui.performance import Performance


@click.command("demo")
@click.argument("name", required=False)
@click.option("--list", "listed", is_flag=True, help="Say which demos there are.")
@click.option(
    "--speed", callback=positive, default="1", metavar="X", show_default=True,
    help="Times as fast.",
)  # fmt: skip
@click.option("--loop", is_flag=True, help="Begin again at the end, until q.")
@click.option("--theme", default="dark", metavar="NAME", help="A name of `gradtui list themes`.")
@click.option("--stamps", type=int, hidden=True)
@click.option("--label", hidden=True)
def command(name: str | None, listed: bool, loop: bool, label: str | None, **how: Any) -> int:
    """Play a demo: NAME is one of --list, or the path of a .toml file."""
    from gradtui.demos import library
    from gradtui.headless import listing

    if listed:
        listing.show(("demos",), as_json=False, one=True)
        return 0
    script = library.find(name or library.FIRST, label)
    status, over = 0, True
    while over:
        status, over = _play(script, **how)
        if not loop:
            break
    return status


def _play(script: Script, *, speed: float, theme: str, stamps: int | None) -> tuple[int, bool]:
    """Play once; the exit status, and whether it came to its end."""
    from gradtui.core.language import ENGLISH, speak
    from gradtui.demos.clock import DemoClock, DemoLoop
    from gradtui.tui import start, terminal

    terminal.require()
    speak(ENGLISH)  # as the captions do
    clock = DemoClock(speed if stamps is None else None)
    captions = any(scene.caption for scene in script.scenes)
    shows: list[Performance] = []
    with ExitStack() as played:

        def made(*given: Any, **options: Any) -> Performance:
            from gradtui.demos.player import play  # behind the first picture
            from gradtui.tui.performance import Performance, on_clock

            played.enter_context(on_clock(clock.now))
            options |= {"script": partial(play, script), "captions": captions, "stamps": stamps}
            shows.append(Performance(*given, **options))
            return shows[0]

        how = {"theme": theme, "mouse": False, **_run(script, clock)}
        if stamps is None:
            how |= {"caption": "" if captions else None, "loop": lambda: DemoLoop(clock)}
            status = start.run(how.pop("source"), made, **how)
        else:  # a recording begins with what the screen itself writes
            from gradtui.tui import serve

            status = serve.show(made(**how), lambda: DemoLoop(clock))
    if shows[0].fault is not None:
        raise shows[0].fault
    return status, shows[0].over


def _run(script: Script, clock: DemoClock) -> dict[str, Any]:
    """What it is played on: a run that is trained, or a recorded one."""
    from gradtui.commandline.options import spec_of
    from gradtui.core.spec import Spec
    from gradtui.demos.script import RATE
    from gradtui.sources.film import FilmSource
    from gradtui.sources.lockstep import LockstepSource
    from gradtui.tui.launch import Launch

    if script.replay:
        film = FilmSource(Path(script.replay), clock, script.rate)
        return {"source": film, "examine": False, "opening": f"opening {film.info.run}"}

    def open_source(spec: Spec) -> LockstepSource:
        return LockstepSource(spec, clock, script.rate or RATE)

    spec = spec_of(script.request)
    return {"source": open_source(spec), "launch": Launch(script.request, open_source)}
