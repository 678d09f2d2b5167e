"""A run file, read: what the run is, its records in order, its checkpoints."""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from gradtui.core.errors import UsageError
from gradtui.core.records import Frame, Info, Record
from gradtui.core.spec import Spec
from gradtui.core.text import printable
from gradtui.runs import checkpoints, documents, schema, specs
from gradtui.runs.checkpoints import Checkpoint
from gradtui.runs.documents import UnreadableError
from gradtui.runs.lock import alive
from gradtui.runs.order import Place, Placed, merged
from gradtui.runs.overview import SKETCH, Overview, events, histograms
from gradtui.runs.rewind import REWOUND, standing
from gradtui.runs.streams import frames_behind, samples_behind
from gradtui.runs.watching import Watched

RECENT = 8
"""Rows, and samples, that say how a run stands."""
FAULTS = (
    sqlite3.Error, ValueError, TypeError, LookupError, ArithmeticError, AttributeError,
    AssertionError, MemoryError,
)  # fmt: skip
"""What the bytes of a stranger's file can bring about; each becomes one sentence."""
LATER = (*FAULTS, RuntimeError)
"""The same, of what is made of them."""
PARTS = ("rows", "sampled", "event", "histograms")
"""Of a place."""
COUNTS = ("classes", "steps_per_epoch", "rows", "sample_every", "seed")


@contextmanager
def blamed(path: Path) -> Iterator[None]:
    """Whatever goes wrong with what a stranger's file tells is a `UsageError`: it is the file's."""
    try:
        yield
    except LATER as error:
        raise UsageError(schema.refusal(path, error)) from error


class RunFile:
    """A run file, open for reading alone; use it in a `with`, or close it.

    Whatever is wrong with the file is a `UsageError` of one sentence, also later, while reading.
    """

    def __init__(self, path: Path, *, mine: bool = False) -> None:
        """`mine`: this process holds the run's lock, and does not write yet."""
        self.path = path
        self.file = schema.open_read(path, mine=mine)
        self._watched = Watched(path, self.file)
        try:
            with self.guarded():
                self.info: Info = self._info()
                self._rewound = self.meta(REWOUND)
        except UsageError:
            self.file.close()
            raise

    @property
    def id(self) -> str:
        return self.path.stem

    @property
    def alive(self) -> bool:
        """Whether a process trains this run now."""
        return alive(self.path)

    def __enter__(self) -> RunFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.file.close()

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """What is wrong with the file becomes a `UsageError`."""
        try:
            yield
        except FAULTS as error:
            raise UsageError(schema.refusal(self.path, error)) from error

    def meta(self, key: str) -> Any:
        """What the writer was told to keep under `key`; None if it was not."""
        row = self.file.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else documents.read(row[0])

    def spec(self) -> Spec:
        """What was trained; `UsageError` if this gradtui cannot train it."""
        with self.guarded():
            try:
                found = specs.spec(self.meta("spec"))
            except UsageError as error:
                raise UsageError(f"{printable(str(self.path))}: {error}") from error
        return found

    def trainable(self) -> Spec:
        """The same; `UsageError` too where it makes another net than the one that was trained."""
        found = self.spec()
        label = found.model_label(self.info.classes)
        if (found.layers(), label) != (self.info.layers, self.info.model):
            raise UsageError(f"{printable(str(self.path))}: its experiment makes another net.")
        return found

    def _info(self) -> Info:
        """The newest one: it knows more than the one before torch was there."""
        row = (
            self.file.execute(
                "SELECT body FROM event WHERE kind = 'info' ORDER BY id DESC LIMIT 1"
            ).fetchone()
            or self.file.execute("SELECT value FROM meta WHERE key = 'info'").fetchone()
        )
        if row is None:
            raise UnreadableError("it does not say what run it is")
        found = documents.read_record("info", row[0])
        assert isinstance(found, Info)
        if not found.layers:
            raise UnreadableError("it names no layer")
        if any(not 0 <= getattr(found, name) < 2**63 for name in COUNTS):
            raise UnreadableError("it counts what cannot be")
        return Info(**{**vars(found), "run": self.id})

    def checkpoints(self) -> list[Checkpoint]:
        """All that are in the file, the oldest first."""
        with self.guarded():
            return checkpoints.read(self.file)

    def arrays(self, checkpoint: Checkpoint) -> dict[str, NDArray[Any]]:
        """The arrays of a checkpoint, by name."""
        with self.guarded():
            return checkpoints.arrays(self.file, checkpoint.id)

    def records(self) -> Iterator[Record]:
        """All records in the order they were made; a frame may hold more steps than it did.

        A sample comes before the frame that holds its step. Layer statistics that lie further
        back than the recent window are right within 0.25 %; all else is as it was.
        """
        with self.guarded(), self.moment():
            yield from merged(*self.streams(Place()), 0)

    def since(self, place: Place) -> tuple[list[Record], Place] | None:
        """What came since the file was read up to `place`, and the place up to which it is now.

        None where the run goes on from a checkpoint: what came behind that is void, and the
        overview is to be read again.
        """
        with self.guarded(), self.moment():
            rewound, now = standing(self.file)
            if rewound != self._rewound:
                return None
            return list(merged(*self.streams(place, now), place.rows)), now

    def overview(self) -> tuple[list[Record], Place]:
        """All of the run as a screen needs it, and the place up to which it was read.

        Layer statistics that lie far back come folded; the newest come as they were.
        """
        with self.guarded(), self.moment():
            self._rewound, now = standing(self.file)
            return list(Overview(self.file, self.info, now).records()), now

    def sketch(self) -> list[Record] | None:
        """The same in wider cells, as one whole screen can show them: in a third of the time.

        None where the overview has no finer ones.
        """
        with self.guarded(), self.moment():
            now = self.place()
            wide = Overview(self.file, self.info, now, SKETCH)
            fine = Overview(self.file, self.info, now)
            return list(wide.records()) if wide.level > fine.level else None

    def recent(self) -> list[Record]:
        """Enough to say how the run stands: its events without evaluations, its newest blocks."""
        with self.guarded(), self.moment():
            now = self.place()
            place = Place(
                max(now.rows - RECENT, 0), max(now.sampled - RECENT, 0), 0, now.histograms
            )
            streams = self.streams(place, now, evals=False)
            return list(merged(*streams, place.rows))

    def changed(self) -> bool:
        """Whether somebody wrote since the last call."""
        with self.guarded():
            return self._watched.changed()

    def place(self) -> Place:
        """How much there is in the file now."""
        return standing(self.file)[1]

    @contextmanager
    def moment(self) -> Iterator[None]:
        """All that is read within it is from one moment."""
        self.file.execute("BEGIN")
        try:
            yield
        finally:
            self.file.execute("COMMIT")

    def streams(
        self, place: Place, now: Place | None = None, *, evals: bool = True
    ) -> tuple[Iterator[Frame], Iterator[Placed], Iterator[Placed]]:
        """What came after a place: frames, samples, and the rest.

        Read piece by piece: between two of them nothing of the file is held. `now`: up to there,
        within one moment; what did not grow until then is not asked for.
        """
        rows, taken = (None, None) if now is None else (now.rows, now.sampled)
        grown = [now is None or getattr(now, part) > getattr(place, part) for part in PARTS]
        frames, samples, told, spread = grown
        layers = len(self.info.layers)
        others = self._others(place, evals=evals, told=told, spread=spread)
        return (
            frames_behind(self.file, place.rows, layers, rows) if frames else iter(()),
            samples_behind(self.file, place.sampled, layers, taken) if samples else iter(()),
            others,
        )

    def _others(self, place: Place, *, evals: bool, told: bool, spread: bool) -> Iterator[Placed]:
        """Events and histograms, by the rows that there were when they came."""
        layers = len(self.info.layers)
        return heapq.merge(
            events(self.file, place.event, evals=evals) if told else iter(()),
            histograms(self.file, place.histograms, layers) if spread else iter(()),
            key=lambda placed: placed[0],
        )
