"""The options that several commands share, and the run that they ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

import click

from gradtui.core.errors import UsageError, unknown

if TYPE_CHECKING:
    from gradtui.catalog.specs import Request
    from gradtui.core.records import Info, Record
    from gradtui.core.spec import Spec
    from gradtui.core.state import RunState
    from gradtui.engine.dataset import Dataset
    from gradtui.tui.showing import Showing

DEFAULT = "vanishing"
Command = TypeVar("Command", bound=Callable[..., Any])


def whole(low: int, high: int = 10**9) -> Callable[..., int | None]:
    """Reads an option that takes a whole number."""

    def read(ctx: click.Context, option: click.Parameter, value: str | None) -> int | None:
        from gradtui.catalog import knobs

        return None if value is None else int(knobs.whole(option.opts[0], low, high)(value))

    return read


def switch(ctx: click.Context, option: click.Parameter, value: str) -> str:
    """Reads an option that takes on or off."""
    if value not in ("on", "off"):
        raise unknown(option.opts[0], value, ("on", "off"))
    return value


run_dir_option = click.option(
    "--run-dir", metavar="DIR", help="The folder of the run files; else GRADTUI_RUNS names it."
)


SHOWN = ("theme", "fps", "no_mouse", "slow_link")
"""What `screen_options` hand over."""


def screen_options(command: Command) -> Command:
    """The options of every command that shows a screen."""
    for option in (
        click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal."),
        click.option("--fps", callback=whole(1), metavar="N", help="Repaints a second, at most."),
        click.option(
            "--theme", default="dark", metavar="NAME", help="A name of `gradtui list themes`."
        ),
        click.option(
            "--slow-link/--no-slow-link",
            default=None,
            help="Spare the line to the terminal; over SSH it is measured.",
        ),
    ):
        command = option(command)
    return command


def look(shown: Mapping[str, Any], **more: Unpack[Showing]) -> Showing:
    """What the screen is told of its options, and what else it is to know."""
    return {
        "theme": shown["theme"], "fps": shown["fps"], "slow_link": shown["slow_link"],
        "mouse": not shown["no_mouse"], **more,
    }  # fmt: skip


def print_screen(info: Info, records: Iterable[Record], path: Path, *, as_json: bool) -> int:
    """The state of a run as JSON, or its screen as plain text as large as the terminal.

    `UsageError` where the records make no state: the file may be a stranger's.
    """
    from gradtui.core.state import RunState
    from gradtui.runs.schema import refusal

    state = RunState(info)
    try:
        state.reduce(records)
        told = _json(state, path) if as_json else _text(state)
    except Exception as error:
        raise UsageError(refusal(path, error)) from error
    click.echo(told)
    return 0


def _json(state: RunState, path: Path) -> str:
    import json

    from gradtui.headless.state import document

    return json.dumps(document(state, path), ensure_ascii=False)


def _text(state: RunState) -> str:
    from gradtui.tui.still import still

    return still(state)


def positive(ctx: click.Context, option: click.Parameter, value: str | None) -> float | None:
    """Reads an option that takes a number above 0."""
    from gradtui.catalog import knobs

    if value is None:
        return None
    return float(knobs.number(option.opts[0], 0, 1e6, open_low=True)(value))


def _named(ctx: click.Context, argument: click.Parameter, value: Any) -> Any:
    if not value:
        raise UsageError("name a run; `gradtui runs` lists them.")
    return value


def run_argument(
    name: str = "run", metavar: str = "RUN", nargs: int = 1
) -> Callable[[Command], Command]:
    """A run that must be named, or several; `UsageError` if none is."""
    return click.argument(name, nargs=nargs, metavar=metavar, required=False, callback=_named)


def run_options(command: Command) -> Command:
    """The options that `lab` and `train` share."""
    options = (
        click.argument("experiment", default=DEFAULT),
        click.option(
            "--set", "sets", multiple=True, metavar="KNOB=VALUE", help="A knob before step 0."
        ),
        click.option(
            "--at", multiple=True, metavar="STEP:KNOB=VALUE", help="A knob before that step."
        ),
        click.option(
            "--steps", callback=whole(1), metavar="N", help="Length; the earlier of the two wins."
        ),
        click.option(
            "--epochs", callback=whole(1), metavar="N", help="Length in passes over the data."
        ),
        click.option(
            "--seed", callback=whole(0, 2**63 - 1), default="0", metavar="N", show_default=True
        ),
        click.option("--device", default="auto", metavar="auto|cpu|cuda|cuda:N|mps"),
        click.option(
            "--data", metavar="NAME|FILE", help="A name, a table, a text, or a folder of images."
        ),
        click.option("--probe", callback=switch, metavar="on|off", default="on", show_default=True),
        click.option(
            "--sample-every", callback=whole(1), default="10", metavar="K", show_default=True,
            help="Measure the signal at every K-th step.",
        ),
        run_dir_option,
        click.option("--no-save", is_flag=True, help="Write no run file."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def request_of(*, probe: str, **asked: Any) -> Request:
    """The run as the shared options ask for it."""
    from gradtui.catalog.specs import Request

    return Request(probe=probe == "on", **asked)


def kept_in(run_dir: str | None, no_save: bool) -> Path | None:
    """The folder that a run is kept in; None if it is not to be."""
    if no_save and run_dir is not None:
        raise UsageError("--no-save and --run-dir exclude each other: one of them.")
    from gradtui.runs.paths import folder

    return None if no_save else folder(run_dir)


def spec_of(request: Request) -> Spec:
    """The run that is asked for, checked."""
    from gradtui.catalog.specs import build_spec
    from gradtui.core.architecture import CNN

    spec = build_spec(request, lambda name, rows: len(_data(name, rows).x_train))
    if spec.experiment.net is CNN and spec.data_given and _data(spec.data).image is None:
        raise UsageError(f"{request.experiment} takes images, and {spec.data!r} holds none.")
    return spec


def _data(name: str, rows: int | None = None) -> Dataset:
    from gradtui.engine import data

    return data.load(name, rows)
