"""The order of the records of a run: three streams of a file become one again."""

from __future__ import annotations

from collections.abc import Iterator

from gradtui.core.frames import cut
from gradtui.core.frozen import frozen
from gradtui.core.records import Frame, Record, Sample

Placed = tuple[int, Record]
"""A record, and how many rows of frames there were when it came."""


@frozen
class Place:
    """How far a file was read."""

    rows: int = 0
    sampled: int = 0
    event: int = 0
    histograms: int = 0


def merged(
    frames: Iterator[Frame], samples: Iterator[Placed], others: Iterator[Placed], rows: int
) -> Iterator[Record]:
    """All in the order they were made. `rows`: of the frames that came before."""
    queue = _Samples(samples)
    frame = next(frames, None)
    for at, other in others:
        while frame is not None and rows < at:
            take = min(at - rows, len(frame.steps))
            part = cut(frame, 0, take)
            rows += take
            yield from queue.before(part, rows)
            yield part
            rest = take < len(frame.steps)
            frame = cut(frame, take, len(frame.steps)) if rest else next(frames, None)
        yield other
    while frame is not None:
        rows += len(frame.steps)
        yield from queue.before(frame, rows)
        yield frame
        frame = next(frames, None)
    yield from queue.rest()


class _Samples:
    def __init__(self, samples: Iterator[Placed]) -> None:
        self._samples = samples
        self._next = next(samples, None)

    def before(self, frame: Frame, rows: int) -> Iterator[Record]:
        """Those that belong before a frame behind which there are `rows` rows."""
        while self._next is not None and _precedes(*self._next, frame, rows):
            yield self._next[1]
            self._next = next(self._samples, None)

    def rest(self) -> Iterator[Record]:
        while self._next is not None:
            yield self._next[1]
            self._next = next(self._samples, None)


def _precedes(at: int, sample: Record, frame: Frame, rows: int) -> bool:
    if not isinstance(sample, Sample) or sample.branch != frame.branch:
        return at < rows
    return at < rows and sample.step <= int(frame.steps[-1])
