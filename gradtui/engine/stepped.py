"""A trainer that makes its steps when it is told to, instead of running free."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from gradtui.core.commands import Command
from gradtui.core.outbox import Outbox
from gradtui.core.spec import Spec
from gradtui.engine.stopping import Stopped
from gradtui.engine.trainer import Trainer

Turn = tuple[Sequence[Command], int]
"""What is asked for, and how many steps to make after it."""


class Stepped(Trainer):
    """The lab's trainer, driven by somebody else's clock.

    Every turn carries out its commands, makes its steps and sends a frame of them; where the
    run is not training, it makes none.
    """

    def __init__(self, spec: Spec, outbox: Outbox, turns: Iterable[Turn]) -> None:
        """`turns` may let the thread wait; the run ends with them."""
        super().__init__(spec, outbox, endless=True)
        self._turns = turns

    def _loop(self) -> None:
        self._say("training")
        with suppress(Stopped):
            for commands, steps in self._turns:
                for command in commands:
                    self._carry_out(command)
                self._make(steps)
                if self.stopping.is_set():
                    break
        if self.word != "failed":
            self._end("stopped")

    def _make(self, steps: int) -> None:
        for _ in range(steps):
            if self.word != "training" or self.stopping.is_set():
                break
            self.advance()
        if self.word != "training":
            self.training.preview()
        self.training.recorder.flush()
