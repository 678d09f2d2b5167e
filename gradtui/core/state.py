"""The run state: what every screen, the doctor and the summary read.

A reducer: feed it records in order, read its fields. It neither knows nor cares whether the
records come from a thread, a file or a test.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gradtui.core.answers import Answers
from gradtui.core.epochs import Epochs
from gradtui.core.evaluations import CAPACITY, thinned
from gradtui.core.folds import Folded, Rewound
from gradtui.core.histograms import HistogramHistory
from gradtui.core.history import History
from gradtui.core.quantities import Quantities
from gradtui.core.records import (
    Applied,
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
    Specimen,
    State,
    Value,
)
from gradtui.core.texts import Texts

FRAME_QUANTITIES = ("grad_norm", "update_ratio", "weight_norm", "bias_rms")
SHARES = ("dead", "saturated")
"""nan here says that the activation knows no such share, not that a number was lost."""
SAMPLE_QUANTITIES = ("dead", "saturated", "activation_mean", "activation_std")
"""Shares, or of either sign: no log10 of them."""
KEEP_NOTICES = 50
HOLD = 5
"""Samples over which a verdict must hold before it is believed."""


class RunState:
    """Everything known of one run so far.

    `quantities` maps a quantity's name (signal, grad_norm, update_ratio, weight_norm,
    bias_rms, dead, saturated, activation_mean, activation_std) to its `History` over the
    layers; `train_loss`, `train_accuracy` are histories of one row (loss as log10, accuracy
    linear 0 to 1); `histograms` are those of all layers over the run; `evals` holds the held-out
    evaluations in order, those of epochs thinned out; `markers` the interventions in order.
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
        """Index of the newest step that was made."""
        self.steps_per_second = 0.0
        self.overhead = float("nan")
        """Share of training time that measuring takes; nan until measured."""
        self.merged = 0
        self.loss = self.accuracy = self.penalty = float("nan")
        self.markers: list[Applied] = []
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
        """The newest one, and the newest before the last intervention, while a lesson is open."""
        self.specimen_before: Specimen | None = None
        self.texts: Texts | None = None
        """The newest that the net said; nets of symbols."""
        self.now: dict[str, Floats] = {}
        """The newest row [L] of each quantity, linear."""
        self._open(info)

    def _know(self, info: Info) -> None:
        self.info = info
        self.knobs: dict[str, Value] = dict(info.knobs)
        known = info.rows > 0 and "batch_size" in info.knobs
        self._epochs = Epochs.begin(info.rows, info.knobs["batch_size"]) if known else None

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
        self.train_loss = History(1)
        self.train_accuracy = History(1, log=False)

    @property
    def epoch(self) -> float:
        """Epochs done, as a decimal number."""
        done = 0 if self.step is None else self.step + 1
        if self._epochs is not None:
            return self._epochs.after(done)
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
            case Texts():
                self.texts = record

    def _informed(self, info: Info) -> None:
        if info.layers != self.info.layers:
            self._open(info)
        self._know(info)

    def _frame(self, frame: Frame) -> None:
        self.step = int(frame.steps[-1])
        self.train_loss.append(frame.steps, frame.loss)
        self.train_accuracy.append(frame.steps, frame.accuracy)
        self.loss, self.accuracy = float(frame.loss[-1]), float(frame.accuracy[-1])
        self.penalty = float(frame.penalty[-1])
        self.merged += frame.merged
        for name in FRAME_QUANTITIES:
            rows: Floats | None = getattr(frame, name)
            if rows is not None:
                self.quantities.append(name, frame.steps.tolist(), rows)
                self.now[name] = rows[-1]
        if frame.seconds > 0:
            speed = (len(frame.steps) + frame.merged) / frame.seconds
            old = self.steps_per_second
            self.steps_per_second = speed if not old else 0.8 * old + 0.2 * speed
            bare = frame.seconds - frame.probe_seconds
            if frame.grad_norm is not None and bare > 0:
                share = frame.probe_seconds / bare
                old = self.overhead
                self.overhead = share if np.isnan(old) else 0.9 * old + 0.1 * share

    def _sample(self, sample: Sample) -> None:
        before = self.sample
        was_finite = before is not None and np.isfinite(before.signal).all()
        if was_finite and not np.isfinite(sample.signal).all():
            self.ghost = before
        self.sample = sample
        self.recent = [*self.recent[1 - HOLD :], sample]
        for name in ("signal", *SAMPLE_QUANTITIES):
            self.now[name] = row = getattr(sample, name)
            self.quantities.append(name, (sample.step,), row[None])
        if sample.signal_time is not None:
            self._through_time(sample.step, sample.signal_time)

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

    def _through_time(self, step: int, norms: Floats) -> None:
        if self.through_time is None:
            self.through_time = History(len(norms))
        self.through_time.append([step], norms[None])

    def _applied(self, applied: Applied) -> None:
        self.knobs[applied.knob] = applied.value
        if applied.knob == "batch_size" and self._epochs is not None:
            self._epochs = self._epochs.resized(applied.step, applied.value)
        self.markers.append(applied)
        if self.sample is not None and np.isfinite(self.sample.signal).all():
            self.ghost = self.sample
        self.recent = []
        self.specimen_before = self.specimen
        self.quantities.mark(applied.step)
        for history in (self.train_loss, self.train_accuracy):
            history.mark(applied.step)
        self.histograms.mark(applied.step)
        if self.through_time is not None:
            self.through_time.mark(applied.step)
