"""A run in a background thread of this process."""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING

from gradtui.core.commands import Command, Stop
from gradtui.core.outbox import Outbox
from gradtui.core.records import End, Info, Record, State
from gradtui.core.spec import Spec

if TYPE_CHECKING:
    from gradtui.engine.trainer import Trainer


class ThreadSource:
    """Trains `spec` in a thread. The lab's keeps the newest; `lossless` (train) keeps all."""

    def __init__(self, spec: Spec, *, lossless: bool = False) -> None:
        self.spec = spec
        self.outbox = Outbox(lossless=lossless)
        self.trainer: Trainer | None = None
        self._early: list[Command] = []
        self._import_error: Exception | None = None
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="gradtui-trainer")

    @property
    def info(self) -> Info:
        """What is known before torch is: enough to paint the first screen."""
        spec = self.spec
        return Info(
            experiment=spec.experiment.name,
            question=spec.experiment.question,
            model=spec.model_label(0),
            data=spec.data,
            device=spec.device,
            seed=spec.seed,
            layers=spec.layers(),
            knobs=dict(spec.knobs),
            classes=0,
            steps_per_epoch=0,
            steps=spec.steps or 0,
            sample_every=spec.sample_every,
            locked=spec.locked(),
        )

    @property
    def error(self) -> Exception | None:
        """Why the run failed, once it did."""
        return self._import_error or (self.trainer.error if self.trainer else None)

    def start(self) -> None:
        """Import torch and train, in the background."""
        self.outbox.put(State(word="starting", cause="importing torch"))
        self._thread.start()

    def _run(self) -> None:
        try:
            from gradtui.engine.trainer import Trainer
        except Exception as error:
            self._import_error = error
            cause = f"torch cannot be imported: {type(error).__name__}: {error}"
            self.outbox.put(State(word="failed", cause=cause))
            self.outbox.put(End(steps=0, accuracy=float("nan"), state="failed", cause=cause))
            return
        # torch's half a million objects stay: a full collection that walks them stops training
        # and screen alike for a tenth of a second, every few seconds.
        # A run before this one is garbage by now, and must not be kept with them.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        with self._lock:
            self.trainer = Trainer(self.spec, self.outbox, endless=not self.outbox.lossless)
            for command in self._early:
                self.trainer.commands.put(command)
            if self._stop.is_set():
                self.trainer.stopping.set()
        self.trainer.run()

    def poll(self) -> list[Record]:
        """All records since the last call."""
        return self.outbox.drain()

    def send(self, command: Command) -> None:
        """Ask for something at the next step boundary; also before torch is there."""
        with self._lock:
            if self.trainer is None:
                self._early.append(command)
            else:
                self.trainer.commands.put(command)

    def close(self) -> None:
        """Stop by a flag and join; the thread ends after its present step."""
        self._stop.set()
        with self._lock:
            if self.trainer is not None:
                self.trainer.stopping.set()
        self.outbox.closed.set()
        self.send(Stop())
        if self._thread.ident is not None:
            self._thread.join()
