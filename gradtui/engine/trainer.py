"""The thread's body: steps until told otherwise, commands between them, and the word for it."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Literal

import numpy as np
import torch

from gradtui.core import commands as ask
from gradtui.core.errors import GradtuiError
from gradtui.core.outbox import Outbox
from gradtui.core.records import End, RunWord, State
from gradtui.core.spec import Spec
from gradtui.engine.branching import redo, undo
from gradtui.engine.data import Dataset, load
from gradtui.engine.device import resolve
from gradtui.engine.evaluation import is_long
from gradtui.engine.keeping import EVERY, Keep, Keeper, Kind
from gradtui.engine.resumption import Resumption
from gradtui.engine.specimen import Lens
from gradtui.engine.stopping import Stopped, wishes
from gradtui.engine.training import Training

WAIT = 0.1
"""Seconds that a paused loop sleeps between two looks at its flag, if no command comes."""


class Trainer:
    """Trains one spec. `run` is the thread's body; everything else is called from within it.

    With `endless` (the lab) a run pauses at its length and at a step that is not finite. It
    goes on when told, without end, or at an intervention, for its length again. Without
    `endless` (`train`) it ends there.
    """

    def __init__(
        self,
        spec: Spec,
        outbox: Outbox,
        *,
        endless: bool = False,
        resumption: Resumption | None = None,
        keep: Keep | None = None,
        every: float = EVERY,
        opened: Callable[[], None] | None = None,
    ) -> None:
        """`keep` gets a checkpoint `every` so many seconds, and wherever something happens.

        `opened` is called when the net stands: with a `resumption` this says that it fits.
        """
        self.spec = spec
        self._resumption, self._keep, self._every = resumption, keep, every
        self.outbox, self.endless, self._opened = outbox, endless, opened
        self.commands: queue.SimpleQueue[ask.Command] = queue.SimpleQueue()
        self.stopping = threading.Event()
        """Set from any thread: the loop ends after the present step."""
        self.error: Exception | None = None
        """Why the run failed, if it did."""
        self.word: RunWord = "starting"
        self._training: Training | None = None
        self._accuracy: float | None = None  # where the lab has finished

    def run(self) -> None:
        """Train until told to stop, or to the end; never raises."""
        # Overflow is what this program is about: numpy must not warn of it.
        with np.errstate(all="ignore"), torch.no_grad():
            try:
                data = load(self.spec.data, self.spec.rows, int(self.spec.fixed["length"]))
                self.open(data, resolve(self.spec.device))
                self._loop()
            except Exception as error:
                self.error = error
                told = isinstance(error, GradtuiError)
                self._fail(str(error) if told else f"{type(error).__name__}: {error}")

    def open(self, data: Dataset, device: torch.device) -> None:
        """Build the net; it tells what the run is and where it starts."""
        training = Training(
            self.spec, self.outbox, data, device, dense=self.endless, resumption=self._resumption
        )
        self._training, self._resumption = training, None
        training.net.stop = self.stopping.is_set
        if self._opened is not None:
            self._opened()
        if self._keep is not None:
            training.keeper = Keeper(training, self._keep, self._every)
            training.keeper.take("time")

    def forget(self) -> None:
        """Let go of the net: the run is over, and somebody may hold the trainer for long."""
        self._training = self._resumption = None

    @property
    def training(self) -> Training:
        """The run itself; there is none before `open`."""
        assert self._training is not None
        return self._training

    def advance(self) -> None:
        """One step, or the end; one that is not finite pauses the lab and fails `train`."""
        if self.training.step == self.training.end:
            self._finish()
        elif cause := self.training.advance():
            self._not_finite(cause)

    def _loop(self) -> None:
        self._say("training")
        while not self.stopping.is_set():
            with contextlib.suppress(Stopped):
                self._turn()
        if self.word != "failed":
            with contextlib.suppress(Stopped):
                over = self.word == "finished" and not self.endless
                for command in () if over else wishes(self.commands):
                    self._carry_out(command)
            self._end("finished" if self.word == "finished" else "stopped")

    def _turn(self) -> None:
        """What was asked for, then a step; `Stopped` if it took too long for who wants to leave."""
        self._obey()
        self.training.thrift.turn()
        if self.word != "training" or self.stopping.is_set():
            return
        self.advance()
        if self.training.keeper is not None and self.word == "training":
            self.training.keeper.tick()

    def _obey(self) -> None:
        """Carry out what was asked; wait for it while there is nothing else to do."""
        wait = self.word != "training"
        if wait:
            self.training.preview()
        while (wait or not self.commands.empty()) and not self.stopping.is_set():
            try:
                command = self.commands.get(timeout=WAIT)
            except queue.Empty:
                return
            self._carry_out(command)
            wait = False

    def _carry_out(self, command: ask.Command) -> None:
        match command:
            case ask.Set(knob, value):
                if self.training.apply(knob, value):
                    self._try_again()
            case ask.Undo() | ask.Redo():
                way = undo if isinstance(command, ask.Undo) else redo
                if way(self.training):
                    self._go_on()
            case ask.Teach(choice):
                self.training.lens = None if choice is None else Lens(choice)
            case ask.Compare():
                self.training.compare()
            case ask.Stop():
                self.stopping.set()
            case _:
                self._drive(command)

    def _drive(self, command: ask.Command) -> None:
        """Pause, go on, or make one step and stay paused."""
        if not isinstance(command, ask.Resume) and self.word == "training":
            self._say("paused")
        if isinstance(command, ask.Pause):
            return
        self._resume()
        if isinstance(command, ask.Step):
            self.advance()
            if self.word == "training":
                self._say("paused")

    def _try_again(self) -> None:
        """Whoever cures a run that stopped by itself wants to see what the cure does."""
        if self.word == "finished":
            self.training.end = self.training.step + self.training.length
            self.training.recorder.begin()
            self._say("training")
        elif self.word == "not finite":
            self._resume()

    def _go_on(self) -> None:
        """From a state that a run had before it stopped by itself; a pause stays one."""
        self.training.recorder.begin()
        if self.word in ("not finite", "finished"):
            self._say("training")

    def _resume(self) -> None:
        if self.word == "training":
            return
        if self.word == "finished":
            self.training.end = -1
        self.training.recorder.begin()
        self._say("training")

    def _not_finite(self, cause: str) -> None:
        if self.endless:
            self._say("not finite", cause)
        else:
            self.error = GradtuiError(cause)
            self._fail(cause)

    def _finish(self) -> None:
        if self.endless:
            self._take("pause")
            self._accuracy = self.training.evaluate("end")
            self._say("finished")
        else:
            self.word = "finished"
            self.stopping.set()

    def _fail(self, cause: str) -> None:
        self.stopping.set()
        step = 0
        if self._training is not None:
            step = self._training.step
            # A frame that is half made must not hide the cause.
            with contextlib.suppress(Exception):
                self._training.recorder.flush()
        self.word = "failed"
        self.outbox.put(State(word="failed", step=step, cause=cause))
        self.outbox.put(End(steps=step, accuracy=np.nan, state="failed", cause=cause))

    def _end(self, state: Literal["finished", "stopped"]) -> None:
        self._take("end")
        accuracy = self._accuracy if self.word == "finished" else None
        if accuracy is None:
            # A person who leaves the lab does not wait for a large held-out split.
            long = self.endless and state == "stopped" and is_long(self.training.net)
            accuracy = np.nan if long else self.training.evaluate("end")
        self._say("finished")
        self.outbox.put(End(steps=self.training.step, accuracy=accuracy, state=state))

    def _say(self, word: RunWord, cause: str = "") -> None:
        if word != "training":
            self.training.recorder.flush()
            if not self.stopping.is_set():
                self.training.show_histograms()
        if word == "paused":
            self._take("pause")
        self.word = word
        self.outbox.put(State(word=word, step=self.training.step, cause=cause))

    def _take(self, kind: Kind) -> None:
        if self.training.keeper is not None:
            self.training.keeper.take(kind)
