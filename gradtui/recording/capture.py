"""Plays a command in a pseudo-terminal of its own, without a screen, and keeps what it sends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import selectors
import struct
import subprocess
import sys
import termios
import tty
from collections.abc import Sequence

from gradtui.core.errors import GradtuiError, UsageError
from gradtui.recording.take import Take, cut

KEPT = ("PATH", "HOME", "XDG_CONFIG_HOME", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR", "LD_LIBRARY_PATH")
"""What a recording takes from the environment: how to run, and where a person's themes lie."""
CHUNK = 65536


def capture(command: Sequence[str], width: int, height: int, title: str) -> Take:
    """What `gradtui COMMAND --stamps N` sends to a terminal of this size, until it says `end`.

    `GradtuiError` or `UsageError` with its own sentence if it does not get there.
    """
    near, far = pty.openpty()
    told, tell = os.pipe()
    tty.setraw(far)  # so that what is read is what was written, byte by byte
    fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "gradtui", *command, "--stamps", str(tell)],
        stdin=far, stdout=far, stderr=subprocess.PIPE, pass_fds=(tell,), env=_environment(),
        start_new_session=True,
    )  # fmt: skip
    os.close(far)
    os.close(tell)
    assert process.stderr is not None
    try:
        heard = _listen([near, told, process.stderr.fileno()])
        status = process.wait()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stderr.close()
        os.close(near)
        os.close(told)
    data, stamps, complaint = heard
    writes, end = cut(data, stamps.decode())
    if status or end is None:
        sentence = complaint.decode(errors="replace").strip().rpartition("\n")[2]
        raise (UsageError if status == 2 else GradtuiError)(
            sentence.removeprefix("gradtui: ") or f"the recording ended early, status {status}."
        )
    return Take(width, height, writes, end, title)


def _environment() -> dict[str, str]:
    """That of a good terminal, the same everywhere."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    fixed = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    return {**kept, **terminal, **fixed}


def _listen(descriptors: Sequence[int]) -> list[bytes]:
    """All that comes from each, until all have ended."""
    heard = {number: bytearray() for number in descriptors}
    with selectors.DefaultSelector() as selector:
        for number in descriptors:
            selector.register(number, selectors.EVENT_READ)
        while selector.get_map():
            for found, _ in selector.select():
                data = b""
                with contextlib.suppress(OSError):  # EIO: nobody holds the far end any more
                    data = os.read(found.fd, CHUNK)
                if data:
                    heard[found.fd] += data
                else:
                    selector.unregister(found.fd)
    return [bytes(heard[number]) for number in descriptors]
