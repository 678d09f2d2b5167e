"""The command line. Every command imports what it needs inside its body, so that this is fast."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gradtui import __version__
from gradtui.core.errors import GradtuiError, UsageError, nearest, unknown

if TYPE_CHECKING:
    from gradtui.catalog.specs import Request
    from gradtui.core.spec import Spec

DEFAULT = "vanishing"
KINDS = (
    "experiments", "activations", "regularizers", "rules", "knobs", "themes", "keys",
)  # fmt: skip
Command = TypeVar("Command", bound=Callable[..., Any])


class Commands(click.Group):
    """A group that names what was meant where a name is unknown: a command, or an experiment."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands and not args[0].startswith("-"):
            raise unknown_command(args[0], self.commands)
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            takers = [
                f"gradtui {name}"
                for name, command in self.commands.items()
                if any(error.option_name in option.opts for option in command.params)
            ]
            if not takers:
                raise
            raise UsageError(
                f"{error.option_name} belongs behind a command: {' or '.join(takers)}."
            ) from error


def unknown_command(given: str, commands: Iterable[str]) -> UsageError:
    """Many type an experiment where a command is due: then it is the one that was meant."""
    from gradtui import catalog

    error = unknown("command", given, commands)
    near = nearest(given, catalog.names("experiments"))
    if near is None or nearest(given, commands) is not None:
        return error
    return UsageError(f"{error} Did you mean gradtui lab {near}?")


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


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="gradtui", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> int:
    """A gradient laboratory in the terminal.

    Without a command: open the lab; the default experiment starts training at once.
    """
    if ctx.invoked_subcommand is None:
        # Not ctx.invoke: it takes the defaults as they are written, unread.
        with lab.make_context("lab", [], parent=ctx) as alone:
            status: int = lab.invoke(alone)
        return status
    return 0


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
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def request_of(*, probe: str, **asked: Any) -> Request:
    """The run as the shared options ask for it."""
    from gradtui.catalog.specs import Request

    return Request(probe=probe == "on", **asked)


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


@cli.command()
@run_options
@click.option("--theme", default="dark", metavar="NAME", help="A name of `gradtui list themes`.")
@click.option("--fps", callback=whole(1), metavar="N", help="Repaints a second, at most.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
def lab(theme: str, fps: int | None, no_mouse: bool, **asked: Any) -> int:
    """Train an experiment on the screen, and change it by key."""
    request = request_of(**asked)
    spec = spec_of(request)
    from gradtui.headless.listing import left_out
    from gradtui.sources.thread import ThreadSource
    from gradtui.tui import app
    from gradtui.tui.launch import Launch
    from gradtui.tui.theme import load

    load(theme)
    return app.run(
        ThreadSource(spec),
        theme=theme,
        fps=fps,
        notices=left_out(),
        mouse=not no_mouse,
        launch=Launch(request, ThreadSource),
    )


@cli.command()
@run_options
@click.option("--json", "as_json", is_flag=True, help="JSON Lines to stdout, nothing else.")
@click.option(
    "--every",
    callback=whole(1),
    default="1",
    metavar="N",
    help="With --json: write every N-th step only.",
)
def train(as_json: bool, every: int, **asked: Any) -> int:
    """Train an experiment without a screen."""
    spec = spec_of(request_of(**asked))
    from gradtui.headless.listing import left_out
    from gradtui.headless.train import train as follow
    from gradtui.sources.thread import ThreadSource

    if spec.device not in ("auto", "cpu"):
        # Only torch knows whether it is there; asked now, so that nothing is half-written.
        from gradtui.engine.device import resolve

        resolve(spec.device)
    for sentence in left_out():
        click.echo(f"gradtui: {sentence}", err=True)
    return follow(ThreadSource(spec, lossless=True), as_json=as_json, every=every)


@cli.command("list")
@click.argument("kind", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def list_(kind: str | None, as_json: bool) -> None:
    """List experiments, activations, regularizers, rules, knobs, themes or keys."""
    if kind is not None and kind not in KINDS:
        raise unknown("kind", kind, KINDS)
    from gradtui.headless import listing

    listing.show(KINDS if kind is None else (kind,), as_json=as_json, one=kind is not None)


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit status; every error is one sentence."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show σ or → shows a question mark, not a traceback.
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")
    try:
        status = cli.main(args, prog_name="gradtui", standalone_mode=False)
    except UsageError as error:
        status = complain(str(error), 2)
    except GradtuiError as error:
        status = complain(str(error), 1)
    except click.ClickException as error:
        status = complain(error.format_message(), error.exit_code)
    except click.Abort:
        status = 130
    sys.exit(status)


def complain(sentence: str, status: int) -> int:
    click.echo(f"gradtui: {sentence}", err=True)
    return status
