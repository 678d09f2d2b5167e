"""What ten viewers of a run take from it: all stopped, all looking, all stopped, in turns."""

from __future__ import annotations

import json
import math
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradtui.runs.lock import alive
from gradtui.runs.reader import RunFile

DEPTH = 199
SETTLE = 1.0
"""Seconds after which viewers that go on have caught up."""
PATIENCE = 300.0

WATCH = """
import sys, time
from pathlib import Path
from gradtui.core.records import Frame
from gradtui.sources.attach import AttachSource
source = AttachSource(Path(sys.argv[1]))
source.start()
while True:
    time.sleep(0.05)
    for record in source.poll():
        if not isinstance(record, Frame):
            continue
"""
"""A viewer without a screen; it looks as often as a screen does."""


@dataclass(frozen=True)
class Watched:
    """Medians over the rounds."""

    ratio: float
    """Speed of the run without to with viewers that look."""
    error: float
    """Standard error of that, by the scatter of the rounds."""
    idle: float
    """The same ratio of two stretches without: 1 but for the machine's own moods."""
    work: float
    """Work of the run's process for a step, with to without: what else is busy leaves it alone."""
    share: float
    """Of a core, each viewer."""

    @property
    def told(self) -> str:
        """The ratios in a row of the README's table."""
        return (
            f"{self.ratio:.3f} ± {self.error:.3f} "
            f"(none and none: {self.idle:.3f}; work {self.work:.3f})"
        )


@contextmanager
def detached(folder: Path, *more: str) -> Iterator[tuple[Path, int]]:
    """A run in the background: its file and its process."""
    command = [sys.executable, "-m", "gradtui", "train", "init", "--steps", "100000000"]
    command += ["--detach", "--json", "--run-dir", str(folder), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    try:
        yield Path(told["path"]), told["pid"]
    finally:
        if alive(Path(told["path"])):
            os.kill(told["pid"], 9)


def viewers(
    folder: Path, *, screens: bool, count: int = 10, rounds: int = 20, seconds: float = 3.0
) -> Watched:
    """So many viewers, each in a process; with screens each in a terminal of 80x24.

    A round is a stretch without, one with and one without viewers: what drifts falls out.
    """
    ratios: list[float] = []
    idles: list[float] = []
    works: list[float] = []
    shares: list[float] = []
    with detached(folder, "--set", f"depth={DEPTH}") as (path, process), ExitStack() as stack:
        _until(lambda: _rows(path) > 0)
        watchers = [stack.enter_context(_viewer(path, screens=screens)) for _ in range(count)]
        shared = [_share(watchers, 2.0)]
        _until(lambda: _settled(shared, watchers))
        for _ in range(rounds):
            found = []
            for looking in (False, True, False):
                _signal(watchers, signal.SIGCONT if looking else signal.SIGSTOP)
                time.sleep(SETTLE)
                worked = _worked(watchers)
                found.append(_pace(path, process, seconds))
                if looking:
                    shares.append((_worked(watchers) - worked) / seconds / count)
            (first, before), (with_, work), (last, after) = found
            ratios.append(math.sqrt(first * last) / with_)
            idles.append(first / last)
            works.append(work / math.sqrt(before * after))
        _signal(watchers, signal.SIGCONT)
    ratio, idle, work, share = (float(np.median(each)) for each in (ratios, idles, works, shares))
    return Watched(ratio, _error(ratios), idle, work, share)


def _error(found: list[float]) -> float:
    """Of a median, by the spread of the middle half, as of a normal distribution."""
    low, high = np.percentile(found, (25, 75))
    return float(1.253 * (high - low) / 1.349 / math.sqrt(len(found)))


def _until(done: object) -> None:
    assert callable(done)
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end
        time.sleep(0.1)


@contextmanager
def _viewer(path: Path, *, screens: bool) -> Iterator[int]:
    command = [sys.executable, "-c", WATCH, str(path)]
    with ExitStack() as stack:
        if not screens:
            process = subprocess.Popen(command)
        else:
            command = [sys.executable, "-m", "gradtui", "attach", str(path)]
            ours, theirs = pty.openpty()
            process = subprocess.Popen(
                command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
                env=os.environ | {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"},
            )  # fmt: skip
            os.close(theirs)
            stack.callback(os.close, ours)
            threading.Thread(target=_swallow, args=(ours,), daemon=True).start()
        stack.callback(process.wait)
        stack.callback(process.kill)
        yield process.pid


def _swallow(terminal: int) -> None:
    """As a terminal that shows what it gets, and answers nothing."""
    with suppress(OSError):
        while os.read(terminal, 1 << 16):
            pass


def _signal(processes: list[int], number: int) -> None:
    for process in processes:
        os.kill(process, number)


def _rows(path: Path) -> int:
    with RunFile(path) as file:
        return file.place().rows


def _pace(path: Path, process: int, seconds: float) -> tuple[float, float]:
    """Steps a second of a run, by its file, and the work of its process for each."""
    first, began, worked = _rows(path), time.perf_counter(), _worked([process])
    time.sleep(seconds)
    made, took = _rows(path) - first, time.perf_counter() - began
    return max(made, 1) / took, (_worked([process]) - worked) / max(made, 1)


def _worked(processes: list[int]) -> float:
    """Seconds of all cores so far."""
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / float(os.sysconf("SC_CLK_TCK"))


def _settled(shared: list[float], watchers: list[int]) -> bool:
    """They import and read the past, and work ever less; until it stays as it is."""
    shared.append(_share(watchers, 2.0))
    return shared[-1] > 0.9 * shared[-2]


def _share(processes: list[int], seconds: float) -> float:
    before = _worked(processes)
    time.sleep(seconds)
    return (_worked(processes) - before) / seconds
