"""What a person at the far end of a slow line sees: the lab behind a pipe, as sshd is."""

from __future__ import annotations

import os
import queue
import re
import threading
import time

import numpy as np

from tests.benchmarks.screen import PRESSES, RUN, Lab

RATE, ROUND_TRIP = 50e3, 0.08
BUFFER = 65536
"""Bytes that the near end of the line takes at once; while it is full the lab cannot write."""
QUESTION, ANSWER = b"\x1b[6n", b"\x1b[1;1R"


class Far(Lab):
    """A lab whose bytes take their time, both ways; its terminal says where its cursor is."""

    def __init__(self, rows: int, columns: int, *options: str) -> None:
        self._late: queue.Queue[tuple[float, bytes] | None] = queue.Queue()
        self._screen_side = threading.Thread(target=self._arrive)
        self._screen_side.start()
        super().__init__(rows, columns, [*RUN, *options])

    def _read(self) -> None:
        idle_from = time.monotonic()
        try:
            while data := os.read(self._near, 65536):
                now = time.monotonic()
                idle_from = max(now, idle_from) + len(data) / RATE
                self._late.put((idle_from + ROUND_TRIP / 2, data))
                time.sleep(max(0.0, idle_from - now - BUFFER / RATE))
        except OSError:
            return  # the other end is closed
        finally:
            self._late.put(None)

    def _arrive(self) -> None:
        while (item := self._late.get()) is not None:
            at, data = item
            time.sleep(max(0.0, at - time.monotonic()))
            self.chunks.append((at, data))
            for _ in range(data.count(QUESTION)):
                self._send(ANSWER)

    def _send(self, data: bytes) -> None:
        timer = threading.Timer(ROUND_TRIP / 2, self._deliver, (data,))
        timer.daemon = True
        timer.start()

    def _deliver(self, data: bytes) -> None:
        try:
            os.write(self._near, data)
        except OSError:
            return  # the lab has ended

    def press(self, key: str) -> float:
        pressed = time.monotonic()
        self._send(key.encode())
        return pressed

    def end(self) -> None:
        super().end()
        self._screen_side.join()


def latencies(*options: str) -> list[float]:
    """Seconds from the key `a` to the name of the other activation on the screen, 80x24."""
    view = Far(24, 80, *options)
    view.when(lambda text: "training" in text, 60)
    time.sleep(3)
    delays = []
    for press in range(PRESSES):
        key, name = (("a", "tanh"), ("A", "sigmoid"))[press % 2]
        pressed = view.press(key)
        shown = re.compile(rf"(activation|a) {name}\s")
        delays.append(view.when(shown.search) - pressed)
        time.sleep(0.05 + 0.1 * (press * 0.618 % 1))
    view.close()
    return delays


def table(rounds: int = 3) -> list[str]:
    """Rows of the README's table."""
    spared, bare = [], []  # type: list[float], list[float]
    for _ in range(rounds):
        spared += latencies("--slow-link")
        bare += latencies("--no-slow-link")
    where = "80x24, 50 KB/s, 80 ms there and back"
    return [
        f"| key to paint, {where} | p50 | {1e3 * np.median(spared):.0f} ms | ≤ 200 ms |",
        f"| key to paint, {where} | p95 | {1e3 * np.percentile(spared, 95):.0f} ms | |",
        f"| the same with `--no-slow-link` | p50 | {1e3 * np.median(bare):.0f} ms | |",
    ]  # fmt: skip
