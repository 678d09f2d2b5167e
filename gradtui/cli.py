"""The command line: finds the commands, and turns every error into one sentence."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from copy import copy
from functools import cache
from importlib import import_module
from inspect import cleandoc
from itertools import pairwise
from pathlib import Path
from pkgutil import iter_modules
from typing import cast

import click

from gradtui import __version__, commandline
from gradtui.core.errors import GradtuiError, UsageError, nearest, unknown
from gradtui.core.language import ENGLISH, preferred, speak, tr

SHARED = "options"
"""The file of `commandline` that is no command."""


@cache
def command_names() -> tuple[str, ...]:
    """All commands, by the names of their files."""
    return tuple(sorted(m.name for m in iter_modules(commandline.__path__) if m.name != SHARED))


class Commands(click.Group):
    """A group that names what was meant where a name is unknown: a command, or an experiment."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(command_names())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in command_names():
            return None
        found: click.Command = import_module(f"{commandline.__name__}.{cmd_name}").command
        return told(found)

    def get_help(self, ctx: click.Context) -> str:
        return click.Group.get_help(cast(click.Group, told(self)), ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in command_names() and not args[0].startswith("-"):
            raise unknown_command(args[0], command_names())
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            takers = [f"gradtui {name}" for name in self._takers(ctx, error.option_name)]
            if not takers:
                raise
            raise UsageError(
                f"{error.option_name} belongs behind a command: {' or '.join(takers)}."
            ) from error

    def _takers(self, ctx: click.Context, option: str) -> Iterable[str]:
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command and any(option in parameter.opts for parameter in command.params):
                yield name


def told(command: click.Command) -> click.Command:
    """A command with its help in the language that is spoken, and with `--lang`."""
    found = copy(command)
    found.help = tr(cleandoc(command.help or ""))
    found.params = [copy(parameter) for parameter in command.params]
    if not any(parameter.name == "lang" for parameter in found.params):
        found.params.append(lang_option())
    for parameter in found.params:
        if isinstance(parameter, click.Option):
            parameter.help = tr(parameter.help or "") or None
    return found


def lang_option() -> click.Option:
    """`--lang`, which every command has."""
    return click.Option(
        ["--lang"], metavar="CODE", callback=_speak, expose_value=False, is_eager=True,
        help="Language of help, lessons and findings: en, zh. Else that of the locale.",
    )  # fmt: skip


def _speak(ctx: click.Context, option: click.Parameter, value: str | None) -> None:
    """Speak what was asked for; English where the output could not show it."""
    if value is not None:
        speak(value)
    try:
        "中".encode(sys.stdout.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        speak(ENGLISH)


def _listen(args: Sequence[str]) -> None:
    """A language that is asked for holds for the help too, wherever in the line it stands."""
    asked = [after for word, after in pairwise(args) if word == "--lang"]
    asked += [word.removeprefix("--lang=") for word in args if word.startswith("--lang=")]
    with suppress(UsageError):  # the option says what is wrong
        for code in asked:
            speak(code)


def unknown_command(given: str, commands: Iterable[str]) -> UsageError:
    """Many type an experiment where a command is due: then it is the one that was meant."""
    from gradtui import catalog

    error = unknown("command", given, commands)
    near = nearest(given, catalog.names("experiments"))
    if near is None or nearest(given, commands) is not None:
        return error
    return UsageError(f"{error} Did you mean gradtui lab {near}?")


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
        from gradtui.commandline.lab import command as lab

        with lab.make_context("lab", [], parent=ctx) as alone:
            status: int = lab.invoke(alone)
        return status
    return 0


cli.params.append(lang_option())


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit status; every error is one sentence."""
    _open_streams()
    try:
        speak(preferred())
        _listen(sys.argv[1:] if args is None else args)
        status = cli.main(args, prog_name="gradtui", standalone_mode=False)
        sys.stdout.flush()
    except UsageError as error:
        status = complain(str(error), 2)
    except GradtuiError as error:
        status = complain(str(error), 1)
    except OSError as error:
        status = _refused(error)
    except click.ClickException as error:
        status = complain(error.format_message(), error.exit_code)
    except click.Abort:
        status = 130
    sys.exit(status)


def _open_streams() -> None:
    """Nothing is said into what the shell closed (`>&-`); others must be able to take σ."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show σ or → shows a question mark, not a traceback.
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")


def _drop_output() -> None:
    """What a full disk did not take stays in the buffer: Python would fail on it once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _refused(error: OSError) -> int:
    """Of the system: a name (too long, in a folder that is closed), or to take what we write."""
    reason = error.strerror or error
    if error.filename is not None:
        from gradtui.core.text import printable

        return complain(f"{printable(str(error.filename), 200)}: {reason}.", 2)
    status = complain(f"cannot write what was asked for: {reason}.", 1)
    _drop_output()
    return status


def complain(sentence: str, status: int) -> int:
    click.echo(f"gradtui: {sentence}", err=True)
    return status
