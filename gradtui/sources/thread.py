"""A run in a background thread of this process."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradtui.core.commands import Command, Stop
from gradtui.core.outbox import Outbox
from gradtui.core.records import End, Info, Record, State
from gradtui.core.spec import Spec

if TYPE_CHECKING:
    from gradtui.engine.trainer import Trainer
    from gradtui.runs.writer import RunWriter

PATIENCE = 10.0
"""Seconds that the last records may take to the disk."""


class ThreadSource:
    """Trains `spec` in a thread. The lab's keeps the newest; `lossless` (train) keeps all.

    `where`: the folder that the run is kept in; None keeps nothing. `run_id`
    names it, else it gets a new name. `timely`: frames leave by the clock, as the lab's do.
    """

    def __init__(
        self,
        spec: Spec,
        *,
        lossless: bool = False,
        timely: bool | None = None,
        where: Path | None = None,
        run_id: str | None = None,
    ) -> None:
        self.spec = spec
        self.outbox = Outbox(lossless=lossless, timely=timely)
        self._run_id = ""
        self.writer = None if where is None else self._writer(where, run_id)
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
            run=self._run_id,
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
        if self.writer is not None:
            self.outbox.tap = self.writer.put
            self.writer.start()
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
        return [
            replace(record, run=self._run_id) if isinstance(record, Info) else record
            for record in self.outbox.drain()
        ]

    def keep(self, records: Iterable[Record]) -> None:
        """Put what was found from the records beside them."""
        if self.writer is not None:
            for record in records:
                self.writer.put(record)

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
        if self.writer is not None:
            self.writer.close(PATIENCE)

    def _writer(self, where: Path, run_id: str | None) -> RunWriter:
        from gradtui.runs import paths, specs
        from gradtui.runs.writer import RunWriter

        self._run_id = run_id or paths.new_id(self.spec.experiment.name)

        def document() -> dict[str, Any]:
            return {"spec": specs.document(self.spec), "versions": specs.versions()}

        file = paths.file_of(self._run_id, where)
        return RunWriter(file, self.info, document, obey=self.send, complain=self.outbox.put)
