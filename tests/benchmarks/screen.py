"""What the screen costs: a real lab in a pseudo-terminal, beside `gradtui train`."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyte

RUN = ["vanishing", "--steps", "1000000"]
SECONDS = 4.0
ROOT = Path(__file__).parents[2]
PRESSES = 40


class Lab:
    """`gradtui lab` in a pseudo-terminal; what it writes is stamped as it comes."""

    def __init__(
        self, rows: int, columns: int, run: Sequence[str] = RUN, folder: str | None = None
    ) -> None:
        """`folder` is where it runs; screenshots go there."""
        near, far = pty.openpty()
        fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        environ = {**os.environ, **terminal, "PYTHONPATH": str(ROOT)}
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gradtui", "lab", *run],
            stdin=far, stdout=far, stderr=far, env=environ, start_new_session=True,
            cwd=folder,
        )  # fmt: skip
        os.close(far)
        self._near = near
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.chunks: list[tuple[float, bytes]] = []
        self._fed = 0
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        try:
            while data := os.read(self._near, 65536):
                self.chunks.append((time.monotonic(), data))
        except OSError:
            return  # the other end is closed

    def when(self, seen: Callable[[str], object], patience: float = 20.0) -> float:
        """The time at which the text on the screen first satisfied `seen`."""
        end = time.monotonic() + patience
        if self._fed and seen("\n".join(self._screen.display)):
            return self.chunks[self._fed - 1][0]
        while time.monotonic() < end:
            while self._fed < len(self.chunks):
                at, data = self.chunks[self._fed]
                self._fed += 1
                self._stream.feed(data)
                if seen("\n".join(self._screen.display)):
                    return at
            time.sleep(0.002)
        raise TimeoutError("the screen did not show it:\n" + "\n".join(self._screen.display))

    def step(self) -> tuple[float, int]:
        """The step that the screen shows now, and since when."""
        at = self.when(lambda text: self._fed == len(self.chunks) and "step" in text)
        shown = re.search(r"step\s+(\d+)", "\n".join(self._screen.display))
        return at, int(shown[1]) if shown else 0

    def press(self, key: str) -> float:
        os.write(self._near, key.encode())
        return time.monotonic()

    def sent(self) -> int:
        return sum(len(data) for _, data in self.chunks)

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self._near, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process.send_signal(signal.SIGWINCH)

    def close(self) -> None:
        self.press("q")
        self.process.wait(10)
        self.end()

    def end(self) -> None:
        """After the process has."""
        self.process.wait()
        self._reader.join()
        os.close(self._near)


def pace(rows: int, columns: int, run: Sequence[str]) -> tuple[float, float]:
    """Steps a second and KB/s of a run under the screen."""
    view = Lab(rows, columns, run)
    view.when(lambda text: "training" in text)
    time.sleep(3)
    (began, first), sent = view.step(), view.sent()
    time.sleep(2 * SECONDS)
    flow = (view.sent() - sent) / (2 * SECONDS) / 1024
    ended, last = view.step()
    view.close()
    return (last - first) / (ended - began), flow


def lab(rows: int, columns: int) -> dict[str, float]:
    """Steps a second, KB/s while training and while paused, first paint, key to paint."""
    view = Lab(rows, columns)
    painted = view.when(lambda text: "fc15" in text) - view.began
    view.when(lambda text: "training" in text)
    time.sleep(1.5)
    (began, first), sent = view.step(), view.sent()
    time.sleep(SECONDS)
    flow = (view.sent() - sent) / SECONDS / 1024
    ended, last = view.step()
    delays: dict[str, list[float]] = {"paint": [], "applied": []}
    for press in range(PRESSES):
        key, name = (("a", "tanh"), ("A", "sigmoid"))[press % 2]
        pressed = view.press(key)
        for what, mark in (("paint", r"[…\s]"), ("applied", r"\s")):
            shown = re.compile(rf"(activation|a) {name}{mark}")
            delays[what].append(view.when(shown.search) - pressed)
        time.sleep(0.12 + 0.001 * (press % 7))
    view.press(" ")
    view.when(lambda text: "paused" in text)
    time.sleep(1.0)
    sent = view.sent()
    time.sleep(2.0)
    idle = (view.sent() - sent) / 2 / 1024
    view.close()
    return {
        "speed": (last - first) / (ended - began),
        "flow": flow,
        "idle": idle,
        "paint": painted,
        "p50": float(np.percentile(delays["paint"], 50)),
        "p95": float(np.percentile(delays["paint"], 95)),
        "applied": float(np.percentile(delays["applied"], 95)),
    }


def train(run: Sequence[str] = RUN) -> float:
    """Steps a second of the same run without a screen."""
    every = "200" if run is RUN else "10"
    command = [sys.executable, "-m", "gradtui", "train", *run, "--json", "--every", every]
    marks: list[tuple[float, int]] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            record = json.loads(line)
            if record["type"] == "step":
                marks.append((time.monotonic(), record["step"]))
                if marks[-1][0] - marks[0][0] > 2 * SECONDS + 1.5:
                    break
        process.send_signal(signal.SIGTERM)
        process.communicate()
    steady = [mark for mark in marks if mark[0] - marks[0][0] > 1.5]
    return (steady[-1][1] - steady[0][1]) / (steady[-1][0] - steady[0][0])


def table(rounds: int = 3) -> list[str]:
    """Rows of the README's table."""
    small, large, ratios, wide = [], [], [], []
    for _ in range(rounds):
        alone = train()
        small.append(lab(24, 80))
        large.append(lab(45, 160))
        ratios.append(small[-1]["speed"] / alone)
        wide.append(large[-1]["speed"] / alone)

    def middle(found: list[dict[str, float]], name: str, scale: float = 1) -> float:
        return float(np.median([one[name] for one in found])) * scale

    return [
        f"| speed with the screen, 80x24 | of `train` | {np.median(ratios):.2f} | ≥ 0.93 |",
        f"| speed with the screen, 160x45 | of `train` | {np.median(wide):.2f} | |",
        f"| first paint | from process start | {middle(small, 'paint'):.2f} s | ≤ 0.5 s |",
        f"| key to paint, 80x24, training | p50 | {middle(small, 'p50', 1e3):.0f} ms | |",
        f"| key to paint, 80x24, training | p95 | {middle(small, 'p95', 1e3):.0f} ms | ≤ 50 ms |",
        f"| key to applied and painted | p95 | {middle(small, 'applied', 1e3):.0f} ms | |",
        f"| to the terminal, 80x24, training | | {middle(small, 'flow'):.1f} KB/s | ≤ 20 KB/s |",
        f"| to the terminal, 160x45, training | | {middle(large, 'flow'):.1f} KB/s | |",
        f"| to the terminal, paused | | {middle(small, 'idle'):.1f} KB/s | ≤ 1 KB/s |",
    ]  # fmt: skip
