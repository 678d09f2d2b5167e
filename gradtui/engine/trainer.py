"""The training loop: steps, interventions between them, and everything that it tells.

One gradient's way begins here: `advance` runs forward and backward, the recorder's probe
reads every layer, and a frame leaves by the outbox. The loop never waits for a screen.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from gradtui.catalog.knobs import KNOBS
from gradtui.core.commands import Command, Pause, Resume, Set, Step, Stop
from gradtui.core.errors import GradtuiError
from gradtui.core.outbox import Outbox
from gradtui.core.records import Applied, End, Eval, Notice, RunWord, State, Value, When
from gradtui.core.spec import Spec
from gradtui.engine.data import Dataset, load
from gradtui.engine.device import limit_threads, resolve
from gradtui.engine.diagnose import diagnose
from gradtui.engine.interventions import intervene
from gradtui.engine.model import Trace
from gradtui.engine.recorder import Recorder
from gradtui.engine.run import Run
from gradtui.engine.sampling import measure

DENSE = 40
"""Steps after the start and after an intervention that the lab samples each: a person looks."""
WAIT = 0.1
"""Seconds that a paused loop sleeps between two looks at its flag, if no command comes."""


class Trainer:
    """Trains one spec. `run` is the thread's body; everything else is called from within it.

    With `endless` (the lab) a run pauses at its length and at a step that is not finite. It
    goes on when told, without end, or at an intervention, for its length again. Without
    `endless` (`train`) it ends there.
    """

    def __init__(self, spec: Spec, outbox: Outbox, *, endless: bool = False) -> None:
        self.spec = spec
        self.outbox = outbox
        self.endless = endless
        self.commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self.stopping = threading.Event()
        """Set from any thread: the loop ends after the present step."""
        self.error: Exception | None = None
        """Why the run failed, if it did."""
        self.word: RunWord = "starting"
        self.step = 0
        """Index of the next step."""
        self._looked_at = 0
        self._script = sorted(spec.script, key=lambda item: item[0])[::-1]

    def run(self) -> None:
        """Train until told to stop, or to the end; never raises."""
        # Overflow is what this program is about: numpy must not warn of it.
        with np.errstate(all="ignore"), torch.no_grad():
            try:
                self.open(load(self.spec.data, self.spec.rows), resolve(self.spec.device))
                self._loop()
            except Exception as error:
                self.error = error
                told = isinstance(error, GradtuiError)
                self._fail(str(error) if told else f"{type(error).__name__}: {error}")

    def open(self, data: Dataset, device: torch.device) -> None:
        """Build the net, warm torch up, tell what the run is and where it starts."""
        self.net = Run(self.spec, data, device)
        limit_threads(device, self.net.parameters.n_weights)
        torch.set_flush_denormal(self.net.knobs["flush"] == "on")
        for knob in [knob for knob in self.net.knobs if KNOBS[knob].action]:
            intervene(self.net, knob, self.net.knobs.pop(knob), 0)
        self.recorder = Recorder(self.net, self.outbox)
        x, y = self.net.held_out
        self.net.inspect(x[:2], y[:2])
        per_epoch = self.net.batches.per_epoch
        self.length = self.steps = self.spec.length(per_epoch)
        self.outbox.put(self.net.info(data, self.length))
        self._evaluate("start")

    def _loop(self) -> None:
        self._say("training")
        while not self.stopping.is_set():
            self._obey()
            if self.word != "training" or self.stopping.is_set():
                continue
            if self.step == self.steps:
                self._finish()
            else:
                self.advance()
        if self.word != "failed":
            self._end("finished" if self.word == "finished" else "stopped")

    def _obey(self) -> None:
        """Carry out what was asked; wait for it while there is nothing else to do."""
        wait = self.word != "training"
        while not self.stopping.is_set():
            try:
                command = self.commands.get(timeout=WAIT) if wait else self.commands.get_nowait()
            except queue.Empty:
                return
            self._carry_out(command)
            wait = False

    def _carry_out(self, command: Command) -> None:
        match command:
            case Set(knob, value):
                if self.apply(knob, value):
                    self._try_again()
            case Pause():
                if self.word == "training":
                    self._say("paused")
            case Resume():
                self._resume()
            case Step():
                if self.word == "training":
                    self._say("paused")
                self._resume()
                self.advance()
                if self.word == "training":
                    self._say("paused")
            case Stop():
                self.stopping.set()

    def _try_again(self) -> None:
        """Whoever cures a run that stopped by itself wants to see what the cure does."""
        if self.word == "finished":
            self.steps = self.step + self.length
            self.recorder.begin()
            self._say("training")
        elif self.word == "not finite":
            self._resume()

    def _resume(self) -> None:
        if self.word == "training":
            return
        if self.word == "finished":
            self.steps = -1
        self.recorder.begin()
        self._say("training")

    def advance(self) -> None:
        """The scripted interventions of this step, then the step itself."""
        while self._script and self._script[-1][0] <= self.step:
            _, knob, value = self._script.pop()
            self.apply(knob, value)
        net, recorder = self.net, self.recorder
        x, y = net.batches.next()
        trace = Trace([], []) if self._samples() else None
        loss, logits = net.gradient(x, y, trace)
        recorder.keep_penalty(net.penalty())
        if trace is not None:
            gradients = [z.grad for z in trace.outputs if z.grad is not None]
            self.outbox.put(measure(self.step, trace, gradients, net.activation))
        finite = net.is_finite(loss)
        recorder.after_backward()
        if finite:
            if net.clip != "none":
                net.clip_gradient()
            net.update()
        frame = recorder.after_step(self.step, loss, logits, y)
        self.step += 1
        if frame is not None and net.device.type != "cpu":
            finite = bool(np.isfinite(frame.loss).all())
        if not finite:
            self._not_finite(x, y)
        elif net.batches.at_end:
            self._evaluate("epoch")

    def _samples(self) -> bool:
        if not self.spec.probe:
            return False
        dense = self.endless and self.step - self._looked_at < DENSE
        return dense or self.step % self.spec.sample_every == 0

    def apply(self, knob: str, value: Value) -> bool:
        """An intervention before the next step, between two evaluations; False if refused."""
        before = self._measure_held_out("before")
        try:
            changes = intervene(self.net, knob, value, self.step)
        except GradtuiError as error:
            self.outbox.put(Notice(text=str(error), step=self.step))
            return False
        self.outbox.put(before)
        for name, old, new in changes:
            self.outbox.put(Applied(step=self.step, knob=name, old=old, value=new))
        self._evaluate("after")
        self._looked_at = self.step
        return True

    def _evaluate(self, when: When) -> float:
        evaluation = self._measure_held_out(when)
        self.outbox.put(evaluation)
        return evaluation.accuracy

    def _measure_held_out(self, when: When) -> Eval:
        """Frames go first: records leave in the order of their steps."""
        self.recorder.flush()
        loss, accuracy = self.net.evaluate()
        return Eval(step=self.step, when=when, loss=loss, accuracy=accuracy)

    def _not_finite(self, x: Tensor, y: Tensor) -> None:
        cause, sample = diagnose(self.net, x, y, self.step - 1)
        if self.spec.probe:
            self.outbox.put(sample)
        self.recorder.flush()
        if self.endless:
            self._say("not finite", cause)
        else:
            self.error = GradtuiError(cause)
            self._fail(cause)

    def _finish(self) -> None:
        if self.endless:
            self._evaluate("end")
            self._say("finished")
        else:
            self.word = "finished"
            self.stopping.set()

    def _fail(self, cause: str) -> None:
        self.stopping.set()
        # A frame that is half made, or no recorder yet, must not hide the cause.
        with contextlib.suppress(Exception):
            self.recorder.flush()
        self.word = "failed"
        self.outbox.put(State(word="failed", step=self.step, cause=cause))
        self.outbox.put(End(steps=self.step, accuracy=np.nan, state="failed", cause=cause))

    def _end(self, state: Literal["finished", "stopped"]) -> None:
        accuracy = self._evaluate("end")
        self._say("finished")
        self.outbox.put(End(steps=self.step, accuracy=accuracy, state=state))

    def _say(self, word: RunWord, cause: str = "") -> None:
        if word != "training":
            self.recorder.flush()
        self.word = word
        self.outbox.put(State(word=word, step=self.step, cause=cause))
