"""Random keys, clicks and sizes against the real lab with a real trainer, in every experiment."""

from __future__ import annotations

import os
import random
import re
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyte

from gradtui import catalog
from tests.benchmarks.screen import Lab

KEYS = 10_000
EARLY = 1_000
"""Keys after which the memory is taken for the first time: torch and the screen have warmed up."""
BURST = 20
EACH = 500
"""Keys between two looks at the memory."""
FAULT = re.compile(rb"Traceback|stumbled over|did not work|(panel|page) [a-z ]*failed")
"""What the screen says of a bug."""
SIZES = ((45, 160), (24, 80), (12, 40), (60, 200), (5, 20), (2, 3), (1, 1), (80, 39), (7, 81))
LETTERS = [*"aArRcnoigjktufdlesUxywzZb/:123456789+-=.][? ", *"hm0_%"]
NAMED = [
    "\t", "\r", "\x7f", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[5~",
    "\x1b[6~", "\x1b[Z", "\x1b[1;2C", "\x1b[1;2D", "\x1bOP", "\x01", "\x04", "\x0c", "\x13",
]  # fmt: skip
"""All keys but those that lead out: q, Q, ctrl+q, ctrl+c, and a palette that holds quit."""
BUTTONS = (0, 2, 4, 64, 65, 64, 65, 35)
"""Left, right, left with shift, the wheel both ways, a move."""
WAITS = ("232", "281")
"""Numbers of the system calls in which an event loop waits, epoll_wait and epoll_pwait."""
QUIET = 4
"""Looks in a row, 5 ms apart, that find the screen's thread waiting: it has read all keys."""
PATIENCE = 60.0
"""Seconds until a lab that does not settle, or does not quit, is given up."""


@dataclass
class Soaked:
    """What became of one lab; memory in MB."""

    status: int
    typed: int
    seconds: float
    faults: int
    early: float
    last: float
    most: float
    leaving: float
    """Seconds from the key to the end of the process."""
    work: float
    """Seconds of CPU that the process spent on it."""
    ended: str
    """The experiment that the keys have led to: another net has another size."""


class Patient(Lab):
    """A lab that can be asked whether it has read all that was typed, and what it costs."""

    @property
    def _proc(self) -> Path:
        return Path(f"/proc/{self.process.pid}")

    def settle(self) -> None:
        """Until the screen's thread waits for something to happen; on a busy machine that lasts.

        An escape is a key of its own only if nothing is typed behind it before it is read.
        """
        end, quiet = time.monotonic() + PATIENCE, 0
        thread = self._proc / f"task/{self.process.pid}/syscall"
        while quiet < QUIET and time.monotonic() < end and self.process.poll() is None:
            time.sleep(0.005)
            quiet = quiet + 1 if thread.read_text().split(" ")[0] in WAITS else 0

    def resident(self) -> float:
        """MB in memory."""
        pages = int((self._proc / "statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGESIZE") / 2**20

    def worked(self) -> float:
        """Seconds of CPU so far."""
        fields = (self._proc / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Typist:
    """Types, clicks and resizes at random; the same seed does the same."""

    def __init__(self, lab: Patient, seed: int) -> None:
        self.lab, self.choice = lab, random.Random(seed)
        self.size = SIZES[1]

    def burst(self) -> None:
        """Some keys at once, with clicks between them."""
        if self.choice.random() < 0.05:
            self.size = self.choice.choice(SIZES)
            self.lab.resize(*self.size)
        keys = [self._one() for _ in range(BURST)]
        self.lab.press("".join(keys))
        self.lab.settle()
        if self.choice.random() < 0.3:  # alone, for with a letter behind it it is another key
            self.lab.press("\x1b")
            time.sleep(0.12)  # Textual waits so long whether something comes behind it
            self.lab.settle()

    def _one(self) -> str:
        kind = self.choice.random()
        if kind < 0.25:
            return self._mouse()
        keys: list[str] = LETTERS if kind < 0.8 else NAMED
        return self.choice.choice(keys)

    def _mouse(self) -> str:
        rows, columns = self.size
        # the last row holds the word quit
        x, y = self.choice.randint(1, columns), self.choice.randint(1, max(rows - 1, 1))
        button = self.choice.choice(BUTTONS)
        if rows == 1:
            return ""
        release = f"\x1b[<{button};{x};{y}m" if button < 32 else ""
        return f"\x1b[<{button};{x};{y}M{release}"


def soak(experiment: str, seed: int = 0, keys: int = KEYS) -> Soaked:
    """Type so many keys into one experiment, and quit."""
    with tempfile.TemporaryDirectory() as folder:
        run = [experiment, "--seed", str(seed), "--run-dir", f"{folder}/runs"]
        lab = Patient(*SIZES[1], run, folder=folder)
        try:
            lab.when(lambda text: "training" in text or "not finite" in text, 4 * PATIENCE)
            began, typed, memory = time.monotonic(), 0, []
            typist = Typist(lab, seed)
            while typed < keys and lab.process.poll() is None:
                typist.burst()
                typed += BURST
                if typed % EACH == 0 and typed >= min(EARLY, keys // 2):
                    memory.append(lab.resident())
            lasted = time.monotonic() - began
            leaving, work, ended = _leave(lab)
        finally:
            if lab.process.poll() is None:
                lab.process.kill()
            lab.end()
    said = b"".join(data for _, data in lab.chunks)
    memory = memory or [float("nan")]
    for fault in {_around(said, found.start()) for found in FAULT.finditer(said)}:
        print(fault)
    if lab.process.returncode:
        print(re.sub(rb"\x1b\[[0-9;?<>=]*[a-zA-Z]", b"", said)[-4000:].decode(errors="replace"))
    return Soaked(
        lab.process.returncode, typed, lasted, len(FAULT.findall(said)),
        memory[0], memory[-1], max(memory), leaving, work, ended,
    )  # fmt: skip


def _leave(lab: Patient) -> tuple[float, float, str]:
    """Out of whatever window is open, and out of the lab.

    Returns how long that took, what work it was, and the experiment that was shown.
    """
    if lab.process.poll() is not None:
        return 0.0, 0.0, ""
    rows, columns = SIZES[1]
    lab.resize(rows + 1, columns)
    lab.settle()
    seen = len(lab.chunks)
    lab.resize(rows, columns)
    for _ in range(8):
        lab.press("\x1b")
        time.sleep(0.12)
        lab.settle()
    screen = pyte.Screen(columns, rows)
    stream = pyte.ByteStream(screen)
    for _, data in lab.chunks[seen:]:
        stream.feed(data)
    worked, before = lab.worked(), _children()
    pressed = lab.press("q")
    try:
        lab.process.wait(PATIENCE)  # a machine that is busy still has keys to read
    except subprocess.TimeoutExpired:
        print("\n".join(screen.display))
        return float("inf"), float("nan"), ""
    leaving = time.monotonic() - pressed
    return leaving, _children() - before - worked, " ".join(screen.display[0].split()[:1])


def _around(said: bytes, at: int) -> str:
    """What stood on the screen at that place of what was written."""
    text = re.sub(rb"\x1b\[[0-9;?<>=]*[a-zA-Z]", b"", said[max(at - 300, 0) : at + 400])
    return text.decode(errors="replace")


def _children() -> float:
    """Seconds of CPU of all processes that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _row(experiment: str, found: Soaked) -> str:
    elsewhere = f", in {found.ended}" if found.ended != experiment else ""
    if found.leaving == float("inf"):
        left = f"did not quit in {PATIENCE:.0f} s"
    else:
        left = f"quit in {found.leaving:.1f} s ({found.work:.1f} s of CPU)"
    return (
        f"| {found.typed} random keys in {experiment}{elsewhere} | {found.seconds:.0f} s, "
        f"{left}, exit status {found.status}, {found.faults} faults said | "
        f"{found.early:.0f} MB at {EARLY} keys, {found.last - found.early:+.0f} MB at the end "
        f"(most {found.most - found.early:+.0f}) | ≤ +20 MB |"
    )


def table(experiments: Sequence[str] = (), keys: int = KEYS, seed: int = 0) -> Iterator[str]:
    """A row an experiment, as soon as it is known."""
    for experiment in experiments or catalog.names("experiments"):
        yield _row(experiment, soak(experiment, seed, keys))
