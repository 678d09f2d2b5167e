"""One run, step by step: the step, the interventions between steps, and what each of them tells.

One gradient's way begins here: `advance` runs forward and backward, the recorder's probe
reads every layer, and a frame leaves by the outbox. Nothing here knows threads or commands.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from gradtui.catalog.knobs import KNOBS
from gradtui.core.cells import Cells
from gradtui.core.errors import GradtuiError
from gradtui.core.memory import Thrift
from gradtui.core.outbox import Outbox
from gradtui.core.records import Applied, Eval, Info, Notice, Value, When
from gradtui.core.spec import Spec
from gradtui.core.specimen import Specimen
from gradtui.core.text import printable
from gradtui.core.texts import Texts
from gradtui.engine.cells import ROWS, compare
from gradtui.engine.checkpoint import snapshot
from gradtui.engine.copies import Copies
from gradtui.engine.data import Dataset
from gradtui.engine.device import settle
from gradtui.engine.diagnose import diagnose
from gradtui.engine.histograms import Snapshots
from gradtui.engine.interventions import intervene
from gradtui.engine.keeping import Keeper
from gradtui.engine.recorder import Recorder
from gradtui.engine.resumption import Resumption, resume
from gradtui.engine.run import Run
from gradtui.engine.specimen import Lens, rehearse
from gradtui.engine.speech import Speech
from gradtui.engine.stopping import Stopped
from gradtui.engine.undo import Undos
from gradtui.engine.warming import warm_up

DENSE = 40
"""Steps after the start and after an intervention that the lab samples each: a person looks."""


class Training:
    """A net that is built and warm, and where it stands.

    `dense`: as the lab wants it, with samples of the first steps and with histograms.
    """

    def __init__(
        self, spec: Spec, outbox: Outbox, data: Dataset, device: torch.device, *,
        dense: bool, resumption: Resumption | None = None,
    ) -> None:  # fmt: skip
        """Build the net, warm torch up, tell what the run is and where it starts.

        With a `resumption` it stands where that was taken. `UsageError` where it does not fit.
        """
        self.spec, self.outbox = spec, outbox
        self.step = 0
        """Index of the next step."""
        self.lens: Lens | None = None
        """Over the steps while a lesson is open."""
        self._dense = dense
        self.looked_at = 0
        """The step from which on a person looks: the start, or the last intervention."""
        self.script = sorted(spec.script, key=lambda item: item[0])[::-1]
        """The interventions to come, the next one last."""
        self.undos = Undos()
        self.keeper: Keeper | None = None
        """Takes checkpoints for the run's file, if there is one."""
        self.branches = 0
        """How many were opened by undo and redo."""
        self.net = Run(spec, data, device)
        settle(device, self.net.parameters.n_weights)
        torch.set_flush_denormal(self.net.knobs["flush"] == "on")
        for knob in [knob for knob in self.net.knobs if KNOBS[knob].action]:
            intervene(self.net, knob, self.net.knobs.pop(knob), 0)
        self.recorder = Recorder(self.net, outbox)
        self._snapshots = Snapshots(self.net) if dense and spec.probe else None
        self._speech = Speech(self.net, data.language) if data.language is not None else None
        self._batch: Tensor | None = None
        self.copies, self.thrift = Copies(), Thrift()
        self.net.inspect(*(part[:2] for part in self.net.held_out))
        self.length = spec.length(self.net.batches.per_epoch)
        """Steps of the whole run."""
        self.end = self.length
        """Where it ends, or the lab pauses; -1: nowhere."""
        self._begin(self.net.info(data, self.length), resumption)

    def _begin(self, info: Info, resumption: Resumption | None) -> None:
        """Tell what the run is, and where it starts; or go on where it was left."""
        if self._dense and self.net.on_cpu:
            warm_up()
        if resumption is not None:
            resume(self, resumption)
        self.outbox.put(replace(info, steps=self.length))
        if resumption is None:
            self.evaluate("start")

    def advance(self) -> str:
        """The scripted interventions of this step, then the step itself.

        Returns why the step is not finite, in one sentence; "" if it is.
        """
        self._follow_script()
        net, recorder = self.net, self.recorder
        x, y = net.batches.next()
        trace = recorder.trace(whole=self.lens is not None) if self._samples() else None
        seen = trace if self.lens is None else self.lens.before_step(net, trace)
        loss, logits = net.gradient(x, y, seen)
        recorder.keep_penalty(net.penalty())
        if trace is not None:
            recorder.sample(self.step, trace)
        finite = net.is_finite(loss, recorder.after_backward())
        if finite:
            if net.clip != "none":
                net.clip_gradient()
            net.pace(self.step)
            net.update(recorder.eye)
        if self.lens is not None:
            lens, step = self.lens, self.step
            self._show(lambda: lens.after_step(step, loss, logits, y))
        frame = recorder.after_step(self.step, loss, logits, y)
        self.step, self._batch = self.step + 1, x
        if self._snapshots is not None and self._snapshots.due():
            self.show_histograms()
            self.recorder.charge(self._snapshots.took)
        if self._dense and self._speech is not None and self._speech.due():
            self.outbox.put(self._speech.look(self.step))
        if frame is not None and not net.on_cpu:
            finite = bool(np.isfinite(frame.loss).all())
        if not finite:
            return self._not_finite(x, y)
        if net.batches.at_end:
            self.evaluate("epoch")
        return ""

    def _follow_script(self) -> None:
        while self.script and self.script[-1][0] <= self.step:
            _, knob, value = item = self.script.pop()
            try:
                self.apply(knob, value)
            except Stopped:  # it is not made: whoever goes on with the run makes it
                self.script.append(item)
                raise

    def preview(self) -> None:
        """Where nothing happens a lesson shows the step that would come next, once."""
        if self.lens is not None and not self.lens.rehearsed:
            self.lens.rehearsed, choice = True, self.lens.choice
            self._show(lambda: rehearse(self.net, choice, self.step))

    def compare(self) -> None:
        """Tell how far the gradient reaches through other cells; once, at a person's wish."""
        cells = compare(self.net)
        if cells:
            self.outbox.put(Cells(step=self.step, rows=ROWS, cells=cells))

    def _show(self, read: Callable[[], Specimen | None]) -> None:
        """Tell what a lens saw. One that breaks ends no run: it is taken away."""
        try:
            specimen = read()
        except Exception as error:
            self.lens = self.net.watch = None
            text = f"the lesson cannot read this step ({type(error).__name__}: {error})"
            self.outbox.put(Notice(text=f"{printable(text)}; the run goes on.", step=self.step))
            return
        if specimen is not None:
            self.outbox.put(specimen)

    def _samples(self) -> bool:
        if not self.spec.probe:
            return False
        dense = self._dense and self.step - self.looked_at < DENSE
        return dense or self.step % self.spec.sample_every == 0

    def apply(self, knob: str, value: Value) -> bool:
        """An intervention before the next step, between two evaluations; False if refused."""
        before = self.measure("before")
        self.show_histograms()
        state = snapshot(self)
        try:
            changes = intervene(self.net, knob, value, self.step)
        except GradtuiError as error:
            self.outbox.put(Notice(text=str(error), step=self.step, refused=knob))
            return False
        for told in before:
            self.outbox.put(told)
        applied = [Applied(step=self.step, knob=name, old=old, value=v) for name, old, v in changes]
        for record in applied:
            self.outbox.put(record)
        past = self.undos.keep(state, tuple(applied))
        with suppress(Stopped):  # it is made and told: what is left to do is short
            self.look()
        if self.keeper is not None:
            self.keeper.before(past)
            self.keeper.take("after")
        return True

    def look(self) -> None:
        """A person has just changed the run: tell what it is now, and sample its next steps."""
        if self.lens is not None:
            self.lens.rehearsed = False
        self.looked_at = self.step
        self.thrift.look()
        self.evaluate("after")

    def forget_batch(self) -> None:
        """The weights are others now: the last batch says nothing about them."""
        self._batch = None

    def show_histograms(self) -> None:
        """Tell those of the last step, if the newest that were told are older; the lab only."""
        snapshots, x = self._snapshots, self._batch
        if snapshots is not None and x is not None and snapshots.stale(self.step - 1):
            self.outbox.put(snapshots.take(self.step - 1, x))

    def evaluate(self, when: When) -> float:
        """Tell the loss and the accuracy on the held-out split; returns the accuracy."""
        evaluation, *texts = self.measure(when)
        for record in (evaluation, *texts):
            self.outbox.put(record)
        return evaluation.accuracy

    def measure(self, when: When) -> tuple[Eval, *tuple[Texts, ...]]:
        """Loss and accuracy on the held-out split, and what else is read there; not told yet.

        Frames go first: records leave in the order of their steps.
        """
        self.recorder.flush()
        loss, accuracy = self.net.evaluate(whole=when == "end")
        found = Eval(step=self.step, when=when, loss=loss, accuracy=accuracy)
        if self._speech is None or not self._speech.called(self.step, when):
            return (found,)
        share, texts = self._speech.check(self.step)
        return replace(found, exact_match=share), texts

    def _not_finite(self, x: Tensor, y: Tensor) -> str:
        cause, sample = diagnose(self.net, x, y, self.step - 1)
        self.recorder.flush(sample if self.spec.probe else None)
        return cause
