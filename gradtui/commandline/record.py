"""`gradtui record`: a demo, or a lab, as a file that shows it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from gradtui.commandline.options import positive
from gradtui.core.errors import UsageError, unknown

if TYPE_CHECKING:
    from gradtui.demos.script import Script
    from gradtui.recording.screen import Film

KINDS = ("demo", "lab", "replay")
ITS_OWN = ("theme", "fps")
"""Options that a lab and a replay have, too: of a recording, `record` says them."""


def size(ctx: click.Context, option: click.Parameter, value: str) -> tuple[int, int]:
    """Reads COLUMNSxROWS."""
    from gradtui.recording.take import SIZES

    (narrow, low), (wide, high) = SIZES
    found = re.fullmatch(r"(\d{1,4})x(\d{1,4})", value)
    columns, rows = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (narrow <= columns <= wide and low <= rows <= high):
        raise UsageError(
            f"--size {value!r}: it takes COLUMNSxROWS from {narrow}x{low} to {wide}x{high}."
        )
    return columns, rows


def moment(ctx: click.Context, option: click.Parameter, value: str | None) -> float | None:
    """Reads a second, or `end`."""
    from gradtui.catalog import knobs

    if value is None or value == "end":
        return None if value is None else float("inf")
    return float(knobs.number(option.opts[0], 0)(value))


@click.command("record", context_settings={"ignore_unknown_options": True,
                                           "allow_interspersed_args": False})  # fmt: skip
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What to make says its ending: .cast, .gif, .svg, .txt.",
)
@click.option(
    "--size", "at", callback=size, default="120x36", metavar="COLUMNSxROWS", show_default=True
)
@click.option("--theme", default="film", metavar="NAME", show_default=True)
@click.option("--fps", callback=positive, metavar="N", help="Pictures a second, at most.")
@click.option(
    "--idle",
    callback=positive,
    default="3",
    metavar="SECONDS",
    show_default=True,
    help="The longest time without a change; more is cut out.",
)
@click.option("--still", callback=moment, metavar="SECONDS|end", help="One picture, of that time.")
@click.option("--rate", callback=positive, metavar="N", help="Steps a second of a lab, a replay.")
@click.option("--force", is_flag=True, help="Write over a file that exists.")
@click.argument("what", nargs=-1, type=click.UNPROCESSED, metavar="demo … | lab … | replay …")
@click.pass_context
def command(
    ctx: click.Context,
    out: Path,
    at: tuple[int, int],
    theme: str,
    fps: float | None,
    idle: float,
    still: float | None,
    rate: float | None,
    force: bool,
    what: tuple[str, ...],
) -> None:
    """Record a demo, a lab that runs to its end, or a recorded run.

    No terminal is needed, and the recording is the same every time.
    """
    from gradtui.recording.output import Output, chosen
    from gradtui.tui.theme import load

    load(theme)
    made = chosen(out)
    script = _script(ctx, what, rate)
    output = Output(out, force=force)
    try:
        film = _film(script, at, theme, fps or made.fps, idle)
        film = film if still is None else film.at(still)
        data = made.write(film)
        output.write(data)
    finally:
        output.close()
    click.echo(_told(out, film, len(data)))


def _film(script: Script, at: tuple[int, int], theme: str, fps: float, idle: float) -> Film:
    from gradtui.recording.capture import capture
    from gradtui.recording.screen import film

    with tempfile.TemporaryDirectory() as folder:
        # Played from a file of its own: what was checked is what is played.
        file = Path(folder, "script.toml")
        file.write_text(script.text, encoding="utf-8")
        call = ["demo", str(file), "--label", script.label, "--theme", theme]
        take = capture(call, *at, script.about)
    return film(take.bounded(fps, idle))


def _script(ctx: click.Context, what: Sequence[str], rate: float | None) -> Script:
    from gradtui.demos import library

    if not what:
        raise UsageError("record what? demo, lab or replay, behind the options.")
    kind, *rest = what
    if kind not in KINDS:
        raise unknown("thing to record", kind, KINDS)
    if kind == "lab":
        return _lab(ctx, rest, rate)
    if kind == "replay":
        return _replay(ctx, rest, rate)
    if rate is not None:
        raise UsageError("--rate is for labs and replays; a demo has its own, in its script.")
    if len(rest) > 1:
        raise UsageError(f"demo takes one name, not {' '.join(rest)!r}.")
    return library.find(rest[0] if rest else library.FIRST)


def _lab(ctx: click.Context, arguments: list[str], rate: float | None) -> Script:
    """A lab without a person, as `gradtui lab` would be asked for it."""
    from gradtui.catalog.specs import Request
    from gradtui.commandline.lab import command as lab
    from gradtui.commandline.options import spec_of
    from gradtui.demos import made, script

    with lab.make_context("lab", arguments, parent=ctx) as asked:
        given = _given(asked, ("taught", "record", "slow_link"), "lab runs without a person")
    if given["device"] not in ("auto", "cpu"):
        raise UsageError(f"--device {given['device']!r}: recordings run on the cpu.")
    if given["probe"] == "off":
        raise UsageError("--probe off: there would be nothing to see in a recording.")
    kept = {field.name for field in fields(Request)} - {"probe", "device"}
    request = Request(**{name: given[name] for name in kept}, device="cpu")
    spec_of(request)
    label = " ".join(["lab", *arguments])
    return script.read(label, made.to_its_end(request, rate or script.RATE))


def _replay(ctx: click.Context, arguments: list[str], rate: float | None) -> Script:
    """A recorded run, as `gradtui replay` would find it."""
    from gradtui.commandline.replay import command as replay
    from gradtui.demos import made, script
    from gradtui.runs.paths import find, folder
    from gradtui.runs.reader import RunFile

    with replay.make_context("replay", arguments, parent=ctx) as asked:
        extras = ("at", "verify", "once", "as_json")
        given = _given(asked, extras, "replay plays a run from its start")
    path = find(given["run"], folder(given["run_dir"])).absolute()
    RunFile(path).close()  # a broken file is refused before anything is made
    return script.read(f"replay {path.stem}", made.film(str(path), rate))


def _given(asked: click.Context, extras: Sequence[str], why: str) -> dict[str, Any]:
    """The parameters of a command; `UsageError` for those that a recording cannot follow."""
    for option in asked.command.params:
        if option.name in extras and asked.params[option.name] not in (None, False):
            raise UsageError(f"record {why}: it takes no {option.opts[0]}.")
        typed = asked.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE
        if option.name in ITS_OWN and typed:
            raise UsageError(
                f"{option.opts[0]} goes before {asked.info_name}: it is the recording's."
            )
    return dict(asked.params)


def _told(out: Path, film: Film, size: int) -> str:
    """`cure.gif: 411 kB, 13.7 s, 120x36, 100 pictures`."""
    amount = f"{size / 1e6:.2f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
    time = [] if film.still else [f"{film.seconds:.1f} s"]
    count = "a still" if film.still else f"{len(film.pictures)} pictures"
    return f"{out}: {', '.join([amount, *time, f'{film.width}x{film.height}', count])}"
