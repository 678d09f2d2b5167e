"""A run in a background thread of this process."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradtui.core.commands import Command, Stop
from gradtui.core.memory import one_heap
from gradtui.core.outbox import Outbox
from gradtui.core.records import End, Info, Record, State
from gradtui.core.spec import Spec
from gradtui.runs import paths
from gradtui.sources.garbage import Sweeper

if TYPE_CHECKING:
    from gradtui.engine.checkpoint import Checkpoint
    from gradtui.engine.keeping import Kind
    from gradtui.engine.resumption import Resumption
    from gradtui.engine.trainer import Trainer
    from gradtui.runs.lock import RunLock
    from gradtui.runs.resume import Return
    from gradtui.runs.writer import RunWriter

PATIENCE = 10.0
"""Seconds that the last records may take to the disk."""

INTERVAL = "GRADTUI_CHECKPOINT_EVERY"
"""The environment variable that says how many seconds lie between two checkpoints."""


def interval(environ: Mapping[str, str] = os.environ) -> float:
    """Seconds between two checkpoints of a run that trains; 10 where nothing else is wanted."""
    try:
        seconds = float(environ.get(INTERVAL, ""))
    except ValueError:
        return 10.0
    return seconds if seconds > 0 else 10.0


class ThreadSource:
    """Trains `spec` in a thread. The lab's keeps the newest; `lossless` (train) keeps all.

    `where`: the folder that the run is kept in; None keeps nothing. `run_id`
    names it, else it gets a new name. `timely`: frames leave by the clock, as the lab's do.
    With `back` a run of a file goes on, whose `lock` is held; what it told is not told again.
    """

    def __init__(
        self,
        spec: Spec,
        *,
        lossless: bool = False,
        timely: bool | None = None,
        where: Path | None = None,
        run_id: str | None = None,
        back: Return | None = None,
        lock: RunLock | None = None,
    ) -> None:
        one_heap()
        self.spec = spec
        self.outbox = Outbox(lossless=lossless, timely=timely)
        self._back, self._lock_held = back, lock
        self._file = None if back is None else back.path
        if self._file is None and where is not None:
            self._file = paths.file_of(run_id or paths.new_id(spec.experiment.name), where)
        self._run_id = "" if self._file is None else self._file.stem
        self.trainer: Trainer | None = None
        self._early: list[Command] = []
        self._import_error: Exception | None = None
        self._stop = threading.Event()
        self._sweeper = Sweeper()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="gradtui-trainer")

    @property
    def info(self) -> Info:
        """What is known before torch is: enough to paint the first screen."""
        spec = self.spec
        if self._back is not None:
            return replace(self._back.info, run=self._run_id)
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
            if self._back is None:
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
        self._sweeper.begin()
        with self._lock:
            self.trainer = Trainer(
                self.spec,
                self.outbox,
                endless=not self.outbox.lossless,
                resumption=self._resumption(),
                keep=None if self.writer is None else self._keep_state,
                every=interval(),
                opened=self._opened,
            )
            for command in self._early:
                self.trainer.commands.put(command)
            if self._stop.is_set():
                self.trainer.stopping.set()
        self.trainer.run()

    def _opened(self) -> None:
        """The net stands: only now is the file of a run that goes on cut."""
        if self.writer is not None and self._back is not None:
            self.writer.start()

    def _keep_state(self, state: Checkpoint, kind: Kind) -> None:
        if self.writer is not None:
            document = {**state.document, "kind": kind}
            branch, last = self.outbox.branch, kind in ("back", "end")
            self.writer.checkpoint(state.step, document, state.arrays, branch=branch, must=last)

    def _resumption(self) -> Resumption | None:
        from gradtui.engine.checkpoint import Checkpoint
        from gradtui.engine.resumption import Resumption
        from gradtui.engine.undo import Past

        back = self._back
        if back is None or back.state is None:
            return None
        pasts = [
            Past(Checkpoint(dict(p.document), dict(p.arrays)), p.changes, p.number)
            for p in back.pasts
        ]
        state = Checkpoint(dict(back.state.document), dict(back.state.arrays))
        return Resumption(state, back.longer, tuple(pasts))

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
            unborn = self.trainer is None and self._import_error is None
        self.outbox.closed.set()
        self.send(Stop())
        if unborn and self._back is None and self.writer is not None:
            _discard(self.writer)  # left while torch was imported: nothing was trained
        if self._thread.ident is not None:
            self._thread.join()
        if self.trainer is not None and not self.outbox.lossless:
            self.trainer.forget()  # whoever began the screen holds its first run to the end
        self._sweeper.close()
        if self.writer is not None:
            self.writer.close(PATIENCE)

    @cached_property
    def writer(self) -> RunWriter | None:
        """What keeps the run, if anything does.

        Made when the run begins: the database, which it imports, would hold the first picture up.
        """
        if self._file is None:
            return None
        from gradtui.runs import specs
        from gradtui.runs.writer import RunWriter

        def document() -> dict[str, Any]:
            return {"spec": specs.document(self.spec), "versions": specs.versions()}

        return RunWriter(
            self._file,
            self.info,
            document,
            checkpoint=None if self._back is None else self._back.checkpoint,
            lock=self._lock_held,
            obey=self.send,
            complain=self.outbox.put,
        )


def _discard(writer: RunWriter) -> None:
    """Leave no file."""
    from gradtui.runs.paths import parts

    writer.close()
    for part in parts(writer.path):
        part.unlink(missing_ok=True)
