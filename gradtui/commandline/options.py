"""The options that several commands share, and the run that they ask for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gradtui.core.errors import UsageError, unknown

if TYPE_CHECKING:
    from gradtui.catalog.specs import Request
    from gradtui.core.spec import Spec

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
        click.option("--data", metavar="NAME|FILE", help="A name, a table, or a folder of images."),
        click.option("--probe", callback=switch, metavar="on|off", default="on", show_default=True),
        click.option(
            "--sample-every", callback=whole(1), default="10", metavar="K", show_default=True,
            help="Measure the signal at every K-th step.",
        ),
        click.option(
            "--run-dir", metavar="DIR", help="The folder of the run files, else GRADTUI_RUNS."
        ),
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
    from gradtui.engine import data

    def rows(name: str, limit: int | None) -> int:
        return len(data.load(name, limit).x_train)

    spec = build_spec(request, rows)
    if spec.experiment.convolution and data.load(spec.data).image is None:
        raise UsageError(f"{request.experiment} takes images, and {spec.data!r} holds none.")
    return spec
