"""`gradtui runs`: what was trained, and what is being trained."""

from __future__ import annotations

from pathlib import Path

import click

from gradtui.commandline.options import run_argument, run_dir_option
from gradtui.core.errors import unknown


class Verbs(click.Group):
    """A group that names its commands where one is unknown."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands and not args[0].startswith("-"):
            raise unknown("command of runs", args[0], self.commands)
        return super().resolve_command(ctx, args)


@click.group("runs", cls=Verbs, invoke_without_command=True)
@run_dir_option
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_context
def command(ctx: click.Context, run_dir: str | None, as_json: bool) -> None:
    """List runs; `runs stop RUN` ends one, `runs rm RUN` deletes its file."""
    from gradtui.runs.paths import folder

    ctx.obj = folder(run_dir)
    if ctx.invoked_subcommand is None:
        from gradtui.headless import runs

        runs.show(ctx.obj, as_json=as_json)


@command.command("stop")
@run_argument()
@run_dir_option
@click.pass_obj
def stop(where: Path, run: str, run_dir: str | None) -> None:
    """End a run that is being trained by another process."""
    from gradtui.headless import runs
    from gradtui.runs.paths import find, folder

    runs.stop(find(run, folder(run_dir) if run_dir else where))


@command.command("rm")
@run_argument("names", "RUN…", nargs=-1)
@run_dir_option
@click.pass_obj
def remove(where: Path, names: tuple[str, ...], run_dir: str | None) -> None:
    """Delete the files of runs that nobody trains."""
    from gradtui.headless import runs
    from gradtui.runs.paths import folder, named

    for path in [named(name, folder(run_dir) if run_dir else where) for name in names]:
        runs.remove(path)
