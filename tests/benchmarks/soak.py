"""Random keys, clicks and sizes against the real lab with a real trainer, in every experiment."""

from __future__ import annotations

import os
import random
import re
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import pyte

from gradtui import catalog
from tests.benchmarks.screen import Lab

KEYS = 10_000
WARM = 2_000
"""Keys after which the memory is taken for the first time: buffers and histories have grown."""
BURST = 20
PAUSE = 0.09
"""Seconds between two bursts: some two hundred keys a second."""
FAULT = re.compile(rb"Traceback|stumbled|did not work|panel [a-z ]+ failed")
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


class Typist:
    """Types, clicks and resizes at random; the same seed does the same."""

    def __init__(self, lab: Lab, seed: int) -> None:
        self.lab, self.choice = lab, random.Random(seed)
        self.size = SIZES[1]

    def burst(self) -> None:
        """Some keys at once, with clicks between them."""
        if self.choice.random() < 0.05:
            self.size = self.choice.choice(SIZES)
            self.lab.resize(*self.size)
        keys = [self._one() for _ in range(BURST)]
        self.lab.press("".join(keys))
        time.sleep(PAUSE)
        if self.choice.random() < 0.3:  # alone, for with a letter behind it it is another key
            self.lab.press("\x1b")
            time.sleep(PAUSE)

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


def soak(experiment: str, seed: int = 0, keys: int = KEYS) -> dict[str, Any]:
    """Type so many keys into one experiment; memory in MB, the exit status, what went wrong.

    `ended`: the experiment that the keys have led to. Another net has another size.
    """
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(*SIZES[1], [experiment, "--seed", str(seed)], folder=folder)
        lab.when(lambda text: "training" in text or "not finite" in text)
        typist = Typist(lab, seed)
        began, memory = time.monotonic(), []
        for typed in range(0, keys, BURST):
            typist.burst()
            if lab.process.poll() is not None:
                lab.end()
                return {"status": float(lab.process.returncode), "typed": typed}
            if typed >= min(WARM, keys // 5) and typed % (25 * BURST) == 0:
                memory.append(_resident(lab.process.pid))
        lasted = time.monotonic() - began
        status, ended = _leave(lab)
    said = b"".join(data for _, data in lab.chunks)
    wrong = sum(
        said.count(word) for word in (b"Traceback", b"stumbled", b"did not work", b"panel ")
    )
    return {
        "status": status, "wrong": wrong, "seconds": lasted, "ended": ended,
        "first": memory[0], "last": memory[-1], "most": max(memory),
    }  # fmt: skip


def _resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20


def _leave(lab: Lab) -> tuple[int, str]:
    """Out of whatever window is open, and out of the lab: the status, the first word shown."""
    rows, columns = SIZES[1]
    screen = pyte.Screen(columns, rows)
    lab.resize(rows + 1, columns)
    time.sleep(0.5)
    seen = len(lab.chunks)
    lab.resize(rows, columns)
    for _ in range(8):
        lab.press("\x1b")
        time.sleep(0.2)
    stream = pyte.ByteStream(screen)
    for _, data in lab.chunks[seen:]:
        stream.feed(data)
    lab.press("q")
    try:
        lab.process.wait(60)  # a machine that is busy still has keys to read
    except subprocess.TimeoutExpired:
        lab.process.kill()
    lab.end()
    return lab.process.returncode, " ".join(screen.display[0].split()[:1])


def _elsewhere(experiment: str, ended: str) -> str:
    return "" if ended == experiment else f", in {ended}"


def table(experiments: tuple[str, ...] = ()) -> list[str]:
    """Rows: status, memory after the warm-up, at the end, what was said to have gone wrong."""
    rows = []
    for experiment in experiments or catalog.names("experiments"):
        found = soak(experiment)
        grown = found["last"] - found["first"]
        rows.append(
            f"| {KEYS} random keys in {experiment} | {found['seconds']:.0f} s, exit status "
            f"{found['status']:.0f}, {found['wrong']:.0f} faults said | "
            f"{found['first']:.0f} MB, then {grown:+.0f} MB"
            f"{_elsewhere(experiment, found['ended'])} | ≤ +20 MB |"
        )
    return rows
