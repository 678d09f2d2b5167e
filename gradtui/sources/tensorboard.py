"""Somebody else's run, by the TensorBoard event files that it writes."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from gradtui.catalog.knobs import KNOBS
from gradtui.core.commands import Command, Teach, named
from gradtui.core.errors import UsageError
from gradtui.core.folds import Rewound
from gradtui.core.records import Info, Notice, Record, State, Value
from gradtui.core.text import printable
from gradtui.sources.reading import ReadingSource
from gradtui.sources.scalars.folder import Folder
from gradtui.sources.scalars.layout import NO_LAYER
from gradtui.sources.scalars.table import Table

EVERY = 0.5
"""Seconds between two looks at the folder; writers flush once in two minutes, unless asked."""
QUIET = 180.0
"""Seconds without a write from which a run counts as finished."""
PEEK = 0.3
"""Seconds that the first reading may take before there is a screen; most name all their tags."""
LOCKED = "event files cannot steer a run"
UNUSED = 3
SHOWN = ("signal", "grad_norm", "update_ratio", "weight_norm")
"""What the lanes had best begin with: the first that there is."""


class TensorBoardSource(ReadingSource):
    """Scalar tags as rows and charts; follows a folder that is still written to.

    A tag that was not logged at a step holds its last value there. Reads in a thread of its own.
    """

    def __init__(self, path: Path) -> None:
        """`UsageError` where there are no event files, those of several runs, or no tensorboard."""
        super().__init__("events")
        self.path = path
        self._folder = Folder(path.absolute())
        self._table = Table()
        self._points = self._folder.points()
        self._read(time.monotonic() + PEEK)
        if not self._table.series:
            raise UsageError(f"{printable(str(path))} holds event files, but no scalars.")
        self._table.laid_out()
        self._word = ""

    @property
    def info(self) -> Info:
        """What the tags that were read so far tell of the run."""
        found = self._table.layout
        rows = 0 if found.layers == (NO_LAYER,) else len(found.layers)
        knobs: dict[str, Value] = {}
        if found.lr and self._table.series[found.lr].values:
            knobs["lr"] = self._table.series[found.lr].values[-1]
        return Info(
            experiment=printable(self._folder.path.name),
            question="",
            model=f"{rows} layer{'s' * (rows != 1)}",
            data="",
            device="TensorBoard",
            seed=0,
            layers=tuple(map(printable, found.layers)),
            knobs=knobs,
            classes=0,
            steps_per_epoch=0,
            steps=0,
            shows=next((name for name in SHOWN if name in found.quantities), SHOWN[0]),
            locked=dict.fromkeys(KNOBS, LOCKED),
        )

    @property
    def has_loss(self) -> bool:
        """Without one the doctor would say that it is lost."""
        return bool(self._table.layout.loss)

    def send(self, command: Command) -> None:
        """Nothing can be changed from here."""
        if isinstance(command, Teach) and command.choice is None:
            return
        step = max(self._table.step, 0)
        self._told.put(Notice(text=f"{LOCKED}.", step=step, refused=named(command)))

    def whole(self) -> list[Record]:
        """All that there is now, without `start`."""
        self._read()
        return [*self._news(settled=True), *self._said()]

    def _run(self) -> None:
        self._read()
        self._tell([*self._news(settled=self._quiet()), *self._notices(), *self._said()])
        seen = -1
        while not self._closing.wait(EVERY):
            before = self._table.newest
            self._read()
            # A step may still be half written: it is told when the next one begins, or nothing
            # more comes.
            self._tell(self._news(settled=before == self._table.newest == seen))
            seen = before
            self._tell(self._said())

    def _read(self, until: float = float("inf")) -> None:
        """Take what is new; stops in the middle when the time is over, and goes on there."""
        for count, point in enumerate(self._points):
            self._table.add(*point)
            if self._closing.is_set() or (count % 256 == 255 and time.monotonic() > until):
                return
        self._points = self._folder.points()

    def _news(self, *, settled: bool) -> list[Record]:
        """What is new as records; from the start where the tags have come to mean other things."""
        records: list[Record] = []
        if self._table.laid_out():
            records, self._word = [Rewound(), self.info], ""
        elif self._table.step == -1:
            records = [self.info]
        newest = self._table.newest
        until = newest if settled else newest - 1
        if newest >= 0:
            records += self._table.records(until)
        return records

    def _tell(self, records: Iterable[Record]) -> None:
        for record in records:
            self._told.put(record)

    def _quiet(self) -> bool:
        return time.time() - self._folder.changed() > QUIET

    def _said(self) -> list[Record]:
        """The state word, when it changes."""
        word = "finished" if self._quiet() else "training"
        if word == self._word:
            return []
        self._word = word
        cause = "nothing was written for three minutes" if word == "finished" else ""
        step = max(self._table.step, 0)
        return [State(word="finished" if cause else "training", step=step, cause=cause)]

    def _notices(self) -> list[Record]:
        """Which tags are not shown."""
        unused = [tag for tag in self._table.series if tag not in self._table.layout.used]
        if not unused:
            return []
        some = ", ".join(map(printable, unused[:UNUSED]))
        more = f" and {len(unused) - UNUSED} more" if len(unused) > UNUSED else ""
        return [
            Notice(text=f"not shown, for their names say neither loss nor layer: {some}{more}.")
        ]
