"""A run in a process of its own, without a terminal: it outlives the shell that started it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from gradtui.core.errors import GradtuiError
from gradtui.core.frozen import frozen
from gradtui.core.text import printable
from gradtui.runs.lock import alive
from gradtui.runs.paths import file_of

PATIENCE = 30.0
"""Seconds until the run's file must be there."""


def detach(arguments: Sequence[str], path: Path) -> int:
    """Run `gradtui ARGUMENTS` in a session of its own; returns its process id.

    When this returns, the run's file is there and its lock is held. `GradtuiError` with what the
    process said where it ended at once.
    """
    import subprocess  # only here: a lab takes `Behind` from this file before its first picture
    import tempfile

    # -P: what lies in the present folder must not take the place of a module.
    command = [sys.executable, "-P", "-m", "gradtui", *arguments]
    # A file: a pipe would break when this process ends, and the run with it.
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said,
            start_new_session=True,
        )  # fmt: skip
        until = time.monotonic() + PATIENCE
        while not (path.exists() and alive(path)):
            if process.poll() is not None:
                said.seek(0)
                reason = printable(said.read().decode(errors="replace").strip())
                raise GradtuiError(f"the run did not start: {reason.removeprefix('gradtui: ')}")
            if time.monotonic() > until:
                process.kill()
                process.wait()
                raise GradtuiError(f"the run did not start: no file {printable(str(path))}.")
            time.sleep(0.02)
    process.returncode = 0  # it is nobody's child to wait for
    return process.pid


def tell(path: Path, process: int, *, as_json: bool) -> None:
    """Print where to find a run that goes on in the background."""
    content = {"type": "detached", "id": path.stem, "path": str(path), "pid": process}
    plain = f"{path.stem}\n{path}"
    sys.stdout.write((json.dumps(content, ensure_ascii=False) if as_json else plain) + "\n")


@frozen
class Behind:
    """What becomes of a run whose screen closes: it goes on in a process of its own."""

    where: Path | None
    """The folder that runs are kept in; None if they are not."""

    def refusal(self, run: str) -> str:
        """Why this run cannot be left behind; nothing if it can."""
        if self.where is None:
            return "this run is not kept (--no-save), so it ends with its screen"
        if not alive(file_of(run, self.where)):
            return "this run has no file, so it ends with its screen"
        return ""

    def go_on(self, run: str) -> None:
        """Train on without a screen. The process of the screen has let the run go."""
        if self.where is None:
            return
        path = file_of(run, self.where)
        detach(["resume", str(path), "--without-screen"], path)
        name = printable(run)
        sys.stdout.write(f"{name} goes on in the background; `gradtui attach` shows it,")
        sys.stdout.write(f" `gradtui runs stop {name}` ends it.\n")
        sys.stdout.flush()
