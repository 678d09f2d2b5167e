"""The run state: what every screen, the doctor and the summary read.

A reducer of records, whether they come from a thread, a file or a test.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gradtui.core import branches
from gradtui.core.answers import Answers
from gradtui.core.branches import Bookmark, Left
from gradtui.core.cells import Cells
from gradtui.core.epochs import Epochs
from gradtui.core.evaluations import CAPACITY, thinned
from gradtui.core.folds import Folded, Rewound
from gradtui.core.histograms import HistogramHistory
from gradtui.core.history import History
from gradtui.core.quantities import FRAME_QUANTITIES, SAMPLE_QUANTITIES, Quantities
from gradtui.core.rates import rates
from gradtui.core.records import (
    Applied,
    Branch,
    End,
    Eval,
    Finding,
    Floats,
    Frame,
    Histograms,
    Info,
    Notice,
    Record,
    RunWord,
    Sample,
    State,
    Value,
)
from gradtui.core.specimen import Specimen
from gradtui.core.texts import Texts

KEEP_NOTICES = 50
HOLD = 5
"""Samples over which a verdict must hold before it is believed."""


class RunState:
    """Everything known of one run so far.

    `quantities` maps signal, `FRAME_QUANTITIES` and `SAMPLE_QUANTITIES` to histories over the
    layers; `train_loss` (log10) and `train_accuracy` (0 to 1) are histories of one row; `evals`
    holds the held-out evaluations, those of epochs thinned out; `markers` the interventions.
    """

    def __init__(self, info: Info) -> None:
        self.revision = 0
        self._begin(info)

    def _begin(self, info: Info) -> None:
        """Know nothing but what the run is."""
        self._know(info)
        self.word: RunWord = "starting"
        self.cause = ""
        self.step: int | None = None
        """Index of the newest step."""
        self.steps_per_second = 0.0
        self.overhead = float("nan")
        """Share of training time that measuring takes; nan until measured."""
        self.merged = 0
        self.loss = self.accuracy = self.penalty = float("nan")
        self.markers: list[Applied] = []
        self.branch = 0
        """The branch of the run that all of this tells of, from the start to now."""
        self.left: list[Left] = []
        """What was told of the branches that were left, in the order in which they were."""
        self.bookmarks: list[Bookmark] = []
        """What was known before each of the markers."""
        self.evals: list[Eval] = []
        self.findings: dict[str, Finding] = {}
        """The newest word on each finding, by its name."""
        self.notices: list[Notice] = []
        self.end: End | None = None
        self.sample: Sample | None = None
        self.recent: list[Sample] = []
        """The newest samples since the last intervention, the newest last, at most HOLD."""
        self.through_time: History | None = None
        """Of |dL/dh_t|, a row a time step; recurrent nets."""
        self.ghost: Sample | None = None
        """The profile before the last intervention, or the last finite one."""
        self.specimen: Specimen | None = None
        """While a lesson is open: the newest, and that before the last intervention."""
        self.specimen_before: Specimen | None = None
        self.texts: Texts | None = None
        """The newest that the net said; nets of symbols."""
        self.now: dict[str, Floats] = {}
        """The newest row [L] of each, linear."""
        self._open(info)

    def _know(self, info: Info) -> None:
        self.cells: Cells | None = None
        self.info = info
        self.knobs: dict[str, Value] = dict(info.knobs)
        known = info.rows > 0 and "batch_size" in info.knobs
        self.epochs = Epochs.begin(info.rows, info.knobs["batch_size"]) if known else None

    def _open(self, info: Info) -> None:
        rows = len(info.layers)
        self.answers = Answers()
        histories = {name: History(rows) for name in ("signal", *FRAME_QUANTITIES)}
        histories["dead"] = History(rows, log=False)
        few = int(np.clip(2**18 // max(rows, 1), 256, 512))  # for one chart, not for lanes
        for name in SAMPLE_QUANTITIES[1:]:
            histories[name] = History(rows, log=False, capacity=few)
        self.quantities = Quantities(histories)
        self.histograms = HistogramHistory(rows)
        self._curves = Quantities({"loss": History(1), "accuracy": History(1, log=False)})

    @property
    def train_loss(self) -> History:
        return self._curves["loss"]

    @property
    def train_accuracy(self) -> History:
        return self._curves["accuracy"]

    @property
    def epoch(self) -> float:
        """Epochs done, as a decimal number."""
        done = 0 if self.step is None else self.step + 1
        if self.epochs is not None:
            return self.epochs.after(done)
        return done / max(self.info.steps_per_epoch, 1)

    def reduce(self, records: Iterable[Record]) -> None:
        """Take records in; `revision` rises if anything changed."""
        for record in records:
            self._take(record)
            self.revision += 1

    def _take(self, record: Record) -> None:
        match record:
            case Frame():
                self._frame(record)
            case Sample():
                self._sample(record)
            case Eval():
                self._eval(record)
            case Applied():
                self._applied(record)
            case Folded():
                self._folded(record)
            case Rewound():
                self._begin(self.info)
            case _:
                self._said(record)

    def _said(self, record: Record) -> None:
        match record:
            case Branch():
                branches.enter(self, record)
            case Finding():
                self.findings[record.name] = record
            case Notice():
                self.notices = [*self.notices[1 - KEEP_NOTICES :], record]
            case State():
                self.word, self.cause = record.word, record.cause
            case End():
                self.end = record
            case Info():
                self._informed(record)
            case _:
                self._shown(record)

    def _shown(self, record: Record) -> None:
        """What only a look needs."""
        match record:
            case Specimen():
                self.specimen = record
            case Histograms():
                self.histograms.append(record)
            case Cells():
                self.cells = record
            case Texts():
                self.texts = record

    def _informed(self, info: Info) -> None:
        if info.layers != self.info.layers:
            self._open(info)
        if self.step is None:
            self._know(info)
        else:  # a run that goes on says again what it is
            self.info = info

    def _frame(self, frame: Frame) -> None:
        self.step = int(frame.steps[-1])
        steps = frame.steps.tolist()
        for name, row in (("loss", frame.loss), ("accuracy", frame.accuracy)):
            self._curves.append(name, steps, row[:, None])
        newest = (float(row[-1]) for row in (frame.loss, frame.accuracy, frame.penalty))
        self.loss, self.accuracy, self.penalty = newest
        self.merged += frame.merged
        for name in FRAME_QUANTITIES:
            if (rows := getattr(frame, name)) is not None:
                self.quantities.append(name, steps, rows)
                self.now[name] = rows[-1]
        self.steps_per_second, self.overhead = rates(frame, self.steps_per_second, self.overhead)

    def _sample(self, sample: Sample) -> None:
        before, finite = self.sample, np.isfinite(sample.signal).all()
        for name in ("signal", *SAMPLE_QUANTITIES):
            self.now[name] = row = getattr(sample, name)
            self.quantities.append(name, (sample.step,), row[None])
        if before is not None and not finite and np.isfinite(before.signal).all():
            self.ghost = before
        self.sample = sample
        self.recent = [*self.recent[1 - HOLD :], sample]
        if sample.signal_time is not None:
            self.through_time = self.through_time or History(len(sample.signal_time))
            self.through_time.append([sample.step], sample.signal_time[None])

    def _folded(self, folded: Folded) -> None:
        for name, cells in folded.quantities.items():
            if name == "signal_time" and self.through_time is None:
                self.through_time = History(cells.mean.shape[1])
            history = self.through_time if name == "signal_time" else self.quantities.get(name)
            if history is not None and history.layers == cells.mean.shape[1]:
                history.fold_in(folded, cells)

    def _eval(self, record: Eval) -> None:
        self.evals.append(record)
        if len(self.evals) > CAPACITY:
            self.evals = thinned(self.evals)

    def _applied(self, applied: Applied) -> None:
        branches.mark(self)
        self.knobs[applied.knob] = applied.value
        if applied.knob == "batch_size" and self.epochs is not None:
            self.epochs = self.epochs.resized(applied.step, applied.value)
        self.markers.append(applied)
        if self.sample is not None and np.isfinite(self.sample.signal).all():
            self.ghost = self.sample
        self.recent = []
        self.specimen_before = self.specimen
        self.quantities.mark(applied.step)
        self._curves.mark(applied.step)
        self.histograms.mark(applied.step)
        if self.through_time is not None:
            self.through_time.mark(applied.step)
