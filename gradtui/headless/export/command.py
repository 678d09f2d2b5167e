"""`gradtui export`: a run file in, another file out."""

from __future__ import annotations

import sys
from pathlib import Path

from gradtui.core.errors import UsageError
from gradtui.core.text import printable
from gradtui.headless.export.format import Format, choose
from gradtui.headless.export.recording import branches
from gradtui.headless.export.runfile import Recorded
from gradtui.headless.export.staging import STDOUT, Staging
from gradtui.runs.reader import RunFile, blamed


def export(
    run: Path, out: Path | None, *, format_name: str | None, every: int, force: bool
) -> None:
    """Write a run in the format that is named, or that the ending of `out` says.

    Without `out` the file has the run's id and lies in the present folder. What was written is
    told on stderr: stdout may be the file.
    """
    form = choose(format_name, out)
    if out == STDOUT and not form.text:
        raise UsageError(f"{form.name} is not for the standard output: name a file by --out.")
    with RunFile(run) as file:
        path = Path(file.id + form.ending) if out is None else out
        recording = Recorded(file)
        with Staging(force=force) as staging, blamed(run):
            form.write(recording, path, staging, every)
        found = branches(recording.records())
    _tell(form, path, found.count, found.newest)


def _tell(form: Format, path: Path, count: int, newest: int) -> None:
    if count > 1:
        of = f"branch {newest}, the newest of {count}"
        sys.stderr.write(f"gradtui: the run went back: written is {of}, from the start\n")
    if path != STDOUT:
        sys.stderr.write(f"gradtui: {form.name} written to {printable(str(path))}\n")
    else:
        sys.stdout.flush()
