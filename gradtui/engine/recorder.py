"""From steps to frames: K steps that leave the device at once."""

from __future__ import annotations

import time

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gradtui.core.outbox import Outbox
from gradtui.core.records import Floats, Frame, Sample
from gradtui.engine.language import IGNORE
from gradtui.engine.model import Trace
from gradtui.engine.passing import Passing
from gradtui.engine.probe import Measured, Probe
from gradtui.engine.probe.flat import FlatProbe
from gradtui.engine.probe.foreach import ForeachProbe
from gradtui.engine.readers import Room
from gradtui.engine.run import Run
from gradtui.engine.sampling import Samples
from gradtui.engine.theory import Theory

STEPS = 64
"""Most steps of a frame."""
MORE = 2
"""A small net is quick: a frame of it holds twice as many steps, and what each frame costs,
whatever it holds, is paid half as often."""
SECONDS = 0.05
"""Longest time that a frame may gather for a timely reader: a screen is never older than this."""
AHEAD = 0.25
"""Longest time that steps wait for who looks on through the run's file, where the reader's frames
do not depend on the clock."""


def most_steps(run: Run) -> int:
    """Of one frame."""
    return STEPS * (MORE if run.parameters.small else 1)


def make_probe(run: Run) -> Probe:
    """The backend that fits the run's device."""
    p = run.parameters
    if run.on_cpu:
        return FlatProbe(p, most_steps(run), run.plain)
    biases: list[Tensor | None] = [None] * len(p.weights)
    for row, bias in zip(p.biased, p.biases, strict=True):
        biases[row] = bias
    return ForeachProbe(p.weights, biases, p.gradient_of(p.weights), p.gradient_of(p.biases))


class Recorder:
    """Keeps each step's loss, logits and norms where they are until a frame is due."""

    def __init__(self, run: Run, outbox: Outbox) -> None:
        self._run, self._outbox = run, outbox
        self._most = most_steps(run)
        self.probe = make_probe(run) if run.spec.probe else None
        self.eye = None if self.probe is None else self.probe.eye
        self._losses: list[Tensor] = []
        self._logits: list[Tensor] = []
        self._targets: list[Tensor] = []
        self._penalties: list[Tensor] = []
        self._samples, self._room = Samples(), Room()
        theory = run.spec.experiment.theory and run.spec.depth > 0
        self._theory = Theory(run) if theory else None
        self._first = 0
        self._ahead = 0
        """Steps of the frame in the making that were sent ahead."""
        self._began = time.perf_counter()
        self._probing = 0.0

    @property
    def empty(self) -> bool:
        """No step waits for its frame."""
        return not self._losses and not self._ahead

    def begin(self) -> None:
        """Time counts from here: training goes on after a pause."""
        self._began = time.perf_counter()

    def charge(self, seconds: float) -> None:
        """Time that measuring took elsewhere."""
        self._probing += seconds

    def trace(self, *, whole: bool) -> Trace:
        """What a sampled step fills in; `whole`: somebody else wants to see its tensors, too."""
        if whole or not self._run.on_cpu:
            return Trace([], [])
        return Passing(self._run.activation, self._room)

    def sample(self, step: int, trace: Trace) -> None:
        """The backward pass kept dL/dz; it is measured at the latest when the frame leaves."""
        predicted = None if self._theory is None else self._theory.predict()
        for sample in self._samples.keep(step, trace, self._run.activation, predicted):
            self._outbox.put(sample)

    def after_backward(self) -> bool | None:
        """The gradient is complete, and not yet clipped; whether it is finite, if that is known."""
        if self.probe is None:
            return None
        began = time.perf_counter()
        finite = self.probe.after_backward()
        self._probing += time.perf_counter() - began
        return finite

    def after_step(self, step: int, loss: Tensor, logits: Tensor, y: Tensor) -> Frame | None:
        """The weights have moved; sends a frame if one is due, and returns it."""
        if self.probe is not None:
            self._probing += self.probe.after_step()
        if not self._losses:
            self._first = step
        self._losses.append(loss)
        self._logits.append(logits)
        self._targets.append(y)
        waited, timely = time.perf_counter() - self._began, self._outbox.timely
        if len(self._losses) + self._ahead == self._most or (timely and waited > SECONDS):
            return self.flush()
        if waited > AHEAD and self._outbox.tap is not None:
            self._send_ahead()
        return None

    def _send_ahead(self) -> None:
        for sample in self._samples.measure(self._run.activation):
            self._outbox.put(sample)
        self._ahead += len(self._losses)
        self._outbox.ahead(self._made())

    def keep_penalty(self, penalty: Tensor | None) -> None:
        """The penalty of the weights that made this step's loss."""
        if penalty is not None:
            self._penalties.append(penalty)

    def flush(self, newest: Sample | None = None) -> Frame | None:
        """Send the samples that wait, and a `Frame` of the steps; None if there is nothing.

        `newest`: a sample of the last step that was made apart.
        """
        for sample in self._samples.measure(self._run.activation):
            self._outbox.put(sample)
        if newest is not None:
            self._outbox.put(newest)
        self._ahead = 0
        if not self._losses:
            return self._outbox.complete()
        frame = self._made()
        self._outbox.put(frame)
        return frame

    def _made(self) -> Frame:
        """The steps that have gathered leave the device."""
        began = time.perf_counter()
        measured = None if self.probe is None else self.probe.flush()
        now = time.perf_counter()
        self._probing += now - began
        frame = self._frame(len(self._losses), measured, now - self._began)
        self._began, self._probing = now, 0.0
        for kept in (self._losses, self._logits, self._targets, self._penalties):
            kept.clear()
        return frame

    def _frame(self, count: int, measured: Measured | None, seconds: float) -> Frame:
        norms = {} if measured is None else {**vars(measured), "no_bias": self._no_bias()}
        return Frame(
            steps=np.arange(self._first, self._first + count),
            loss=_table(self._losses),
            accuracy=self._accuracy(),
            penalty=_table(self._penalties) if self._penalties else np.zeros(count),
            seconds=seconds,
            probe_seconds=self._probing,
            **norms,
        )

    def _no_bias(self) -> NDArray[np.bool_]:
        """The rows whose bias does nothing: none is there, or a norm takes it out again."""
        p = self._run.parameters
        found = np.full(len(p.weights), self._run.knobs["norm"] != "none")
        found[-1] = False
        found[p.unbiased] = True
        return found

    def _accuracy(self) -> Floats:
        """Share of each step's targets that have the largest logit, on the device at once."""
        starts = np.cumsum([0, *(target.numel() for target in self._targets)])[:-1]
        targets = torch.cat(self._targets).flatten()
        right = torch.cat(self._logits).argmax(1) == targets
        counted = np.stack([flags.cpu().numpy() for flags in (right, targets != IGNORE)])
        hits, all_ = np.add.reduceat(counted.astype(np.float64), starts, axis=1)
        shares: Floats = hits / all_
        return shares


def _table(scalars: list[Tensor]) -> Floats:
    """Scalars of the device as float64 [K], in one copy."""
    table: Floats = torch.stack(scalars).cpu().numpy().astype(np.float64)
    return table
