"""One playing of a demo, as its terminal was sent it: bytes, and the second of each."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator

from gradtui.core.frozen import frozen

MODES = re.compile(
    rb"\x1b\[\?(?:7|1000|1002|1003|1004|1006|1015|1016|1049|2004|2026|2048)[hl]"
    rb"|\x1b\[\?\d+\$p|\x1b\[[<>=]\d*u|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
)
"""What asks the terminal for something else than a picture: questions, mouse, keys, paste, focus,
pointers, the other screen. The terminal of whoever plays a recording would answer, and stay so."""
BURST = 0.04
"""Seconds between two writes that belong together, at most: two ticks of Textual's painting."""
SIZES = (40, 12), (400, 200)
"""The smallest and the largest terminal."""


@frozen
class Write:
    """What was sent at one moment."""

    at: float
    """Seconds from the beginning."""
    data: bytes


@frozen
class Take:
    """A recording: what was sent, in order, and when it was over."""

    width: int
    height: int
    writes: tuple[Write, ...]
    seconds: float
    title: str = ""

    def bounded(self, fps: float, idle: float) -> Take:
        """The same with at most `fps` moments a second, and no pause longer than `idle` seconds.

        What comes within one frame comes at its end, together. A burst is never cut: a new screen
        is sent blank first, and filled a sixtieth of a second later.
        """
        frames: list[Write] = []
        gone = last = 0.0
        for number, group in itertools.groupby(
            _bursts(self.writes), key=lambda burst: math.ceil(round(burst.at * fps, 6))
        ):
            at = number / fps
            gone += max(at - last - idle, 0.0)
            last = at
            data = b"".join(burst.data for burst in group)
            frames.append(Write(round(at - gone, 6), data))
        gone += max(self.seconds - last - idle, 0.0)
        end = max(round(self.seconds - gone, 6), frames[-1].at if frames else 0.0)
        return Take(self.width, self.height, tuple(frames), end, self.title)

    def drawing(self) -> Take:
        """The same without what draws nothing."""
        writes = (Write(write.at, MODES.sub(b"", write.data)) for write in self.writes)
        drawn = tuple(write for write in writes if write.data)
        return Take(self.width, self.height, drawn, self.seconds, self.title)


def _bursts(writes: Iterable[Write]) -> Iterator[Write]:
    """Writes that follow one another at once, as one, at the time of the last."""
    held: list[Write] = []
    for write in writes:
        if held and write.at - held[-1].at > BURST:
            yield Write(held[-1].at, b"".join(one.data for one in held))
            held = []
        held.append(write)
    if held:
        yield Write(held[-1].at, b"".join(one.data for one in held))


def cut(data: bytes, stamps: str) -> tuple[tuple[Write, ...], float | None]:
    """What a terminal was sent, by the stamps of who sent it, and the end; None without one."""
    writes: list[Write] = []
    place = 0
    for line in stamps.splitlines():
        seconds, size = line.split()
        if size == "end":
            return tuple(writes), float(seconds)
        writes.append(Write(float(seconds), data[place : place + int(size)]))
        place += int(size)
    return tuple(writes), None
