"""A recording, played: the data of a run through the same screen, at any speed, to any moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from gradtui.catalog.knobs import KNOBS
from gradtui.core.commands import Command, Leap, Move, Pace, Pause, Resume, Seek, Step, named
from gradtui.core.errors import GradtuiError
from gradtui.core.folds import Rewound
from gradtui.core.frames import cut
from gradtui.core.records import End, Frame, Info, Notice, Record, State
from gradtui.runs.moments import Moments
from gradtui.runs.overview import SKETCH
from gradtui.runs.reader import RunFile
from gradtui.sources.reading import ReadingSource

EVERY = 0.05
"""Seconds between two pieces of the film."""
SLOWEST, FASTEST = 1 / 64, 4096.0
USUAL = 0.01
"""Seconds that a step took, where nobody measured it."""
AHEAD = 64
"""Up to so many rows ahead it is cheaper to play on than to begin anew."""
REASON = "this is a recording; `gradtui resume` goes on training"


class ReplaySource(ReadingSource):
    """Plays a run file. Reads in a thread of its own; the file stays as it is."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`UsageError` for a broken file."""
        super().__init__("replay")
        self.path = path
        self.file = RunFile(path)
        self.moments = Moments(self.file)
        self.pace = 1.0
        self._clock = clock
        self._row = 0
        self._playing = True
        self._film: Iterator[Record] = iter(())
        self._frame: Frame | None = None
        self._credit = 0.0

    @property
    def info(self) -> Info:
        return self._seen(self.file.info)

    def begin(self, row: int) -> None:
        """Begin at another moment than the start, and wait there."""
        self._row, self._playing = min(row, self.moments.rows), False

    def _let_go(self) -> None:
        self.file.close()

    def whole(self) -> list[Record]:
        """The run as it stood at the moment where it begins, as one screen can show it.

        Without `start`.
        """
        records, _ = self.moments.past(self._row, SKETCH)
        return [*self._passed(records), self._standing()]

    def _run(self) -> None:
        try:
            self._show(self._row)
            self._say()
            before = self._clock()
            while not self._closing.is_set():
                while not self._asked.empty():
                    self._obey(self._asked.get_nowait())
                now = self._clock()
                if self._playing:
                    self._play((now - before) * self.pace)
                before = now
                self._wake.wait(EVERY)
                self._wake.clear()
        except GradtuiError as error:
            self._told.put(State(word="failed", cause=str(error)))

    def _obey(self, command: Command) -> None:
        match command:
            case Pause():
                self._playing = False
                self._say()
            case Resume():
                if self._row >= self.moments.rows:
                    self._show(0)
                self._playing = True
                self._say()
            case Step():
                self._go(self._row + 1)
            case Move(steps):
                self._go(self._row + steps)
            case Seek(step):
                self._go(self.moments.row_of(step))
            case Leap(what, way):
                self._leap(what, way)
            case Pace(factor):
                self.pace = min(max(self.pace * factor, SLOWEST), FASTEST)
                self._notice(f"speed ×{self.pace:g}")
            case _:
                self._notice(REASON, named(command))

    def _leap(self, what: str, way: int) -> None:
        row = self.moments.leap(self._row, what, way)
        if row is None:
            self._notice(f"no {'next' if way > 0 else 'earlier'} {what} in this recording")
        else:
            self._go(row)

    def _go(self, row: int) -> None:
        """Show another moment, and wait there."""
        row = min(max(row, 0), self.moments.rows)
        self._playing = False
        if self._row <= row <= self._row + AHEAD:
            while self._row < row and self._next(row - self._row):
                pass
        else:
            self._show(row)
        self._say()

    def _show(self, row: int) -> None:
        """Tell all that came before a moment, and make the film ready behind it."""
        records, place = self.moments.past(row)
        self._told.put(Rewound())
        for record in self._passed(records):
            self._told.put(record)
        self._row, self._frame, self._credit = row, None, 0.0
        self._film = self._passed(self.moments.onwards(place))

    def _play(self, seconds: float) -> None:
        """As many steps as were made in so much time."""
        self._credit += seconds
        while self._playing and self._credit > 0:
            frame = self._upcoming()
            if frame is None:
                self._playing = False
                self._say()
                return
            count = len(frame.steps)
            each = frame.seconds / count if frame.seconds > 0 else USUAL
            steps = min(int(self._credit / each), count)
            if not steps:
                return
            self._credit -= steps * each
            self._next(steps)

    def _upcoming(self) -> Frame | None:
        """The next frame of the film; what lies before it is told."""
        while self._frame is None:
            record = next(self._film, None)
            if record is None:
                return None
            if isinstance(record, Frame):
                self._frame = record
            else:
                self._told.put(record)
        # A run that is still trained has more by now: what was there at the start is played.
        return self._frame if self._row < self.moments.rows else None

    def _next(self, steps: int) -> bool:
        """Tell the next steps, as many as one frame holds; false at the end of the film."""
        frame = self._upcoming()
        if frame is None:
            return False
        take = min(steps, len(frame.steps), self.moments.rows - self._row)
        self._told.put(cut(frame, 0, take))
        rest = take < len(frame.steps)
        self._frame = cut(frame, take, len(frame.steps)) if rest else None
        self._row += take
        return True

    def _say(self) -> None:
        self._told.put(self._standing())

    def _standing(self) -> State:
        """Whether the film runs."""
        step = max(self.moments.standing(self._row)[1], 0)
        if self._playing:
            return State(word="training", step=step)
        return State(word="finished" if self._row >= self.moments.rows else "paused", step=step)

    def _notice(self, text: str, refused: str = "") -> None:
        self._told.put(Notice(text=text, refused=refused))

    def _passed(self, records: Iterable[Record]) -> Iterator[Record]:
        """Without what only the run itself could say of its state."""
        for record in records:
            if isinstance(record, Info):
                yield self._seen(record)
            elif not isinstance(record, State | End) or _matters(record):
                yield record

    def _seen(self, info: Info) -> Info:
        locked = dict(info.locked) | dict.fromkeys(KNOBS, REASON)
        return replace(info, run=self.path.stem, locked=locked, recording=True)


def _matters(record: Record) -> bool:
    return isinstance(record, State) and record.word == "not finite"
