"""One step under a lens: one row of its batch, and one weight, for the lesson.

Reading is all that happens: a step with the lens over it gives the same bits as one without.
While the run is paused the next step is rehearsed: made, read, and taken back.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from gradtui.core import clock
from gradtui.core.commands import Choice
from gradtui.core.specimen import Specimen
from gradtui.engine.batches import Batches
from gradtui.engine.checkpoint import PARTS, memory
from gradtui.engine.language import IGNORE
from gradtui.engine.model import Trace
from gradtui.engine.run import Run
from gradtui.engine.stages import Stage

PERIOD = 0.2
"""Seconds between two specimens of a run that trains: faster than anyone reads."""
READ = (
    "activation", "regularizer", "strength", "decay", "clip", "lr", "momentum", "optimizer", "norm",
    "residual",
)  # fmt: skip
"""The knobs that the formulas of a lesson read."""


class Reading(NamedTuple):
    """Four numbers of one weight."""

    theta: float
    gradient: float
    first: float
    second: float


NOTHING = Reading(*[math.nan] * 4)


class Glass:
    """Follows one weight through the stages of one step."""

    def __init__(self, run: Run, choice: Choice, trace: Trace | None = None) -> None:
        self.run, self.choice = run, choice
        self.trace = trace or Trace([], [])
        views = run.parameters.weights
        self.layer = choice.layer % len(views)
        view = views[self.layer]
        fan_in, fan_out = view.shape
        self.unit, self.source = divmod(choice.weight % view.numel(), fan_in)
        self._column = view[:, self.unit]
        start = view.storage_offset() - run.parameters.flat.storage_offset()
        self._at = start + self.source * fan_out + self.unit
        self._seen: dict[Stage, Reading] = {}
        self._norm = self._unit_norm = math.nan
        self._before = self._read()
        self._penalty = self._penalty_gradient()

    def see(self, stage: Stage) -> None:
        """Read the weight; and the norms that a clip or a projection is about to divide by."""
        self._seen[stage] = self._read()
        if stage == "objective" and self.run.clip == "norm":
            grad = self.run.parameters.grad
            self._norm = float(torch.linalg.vector_norm(grad, dtype=torch.float64))
        if stage == "moved" and self.run.regularizer.project is not None:
            self._unit_norm = float(torch.linalg.vector_norm(self._column, dtype=torch.float64))

    def _read(self) -> Reading:
        p, slots, at = self.run.parameters, self.run.plain, self._at
        numbers = (p.flat[at], p.grad[at], slots.first[at], slots.second[at])
        return Reading(*(float(number) for number in numbers))

    def _penalty_gradient(self) -> float:
        """By itself: the difference of two sums would have lost its digits."""
        run = self.run
        if run.regularizer.add_gradient is None:
            return 0.0
        alone = torch.zeros_like(run.weights)
        run.regularizer.add_gradient(run.weights, alone, run.strength)
        return float(alone[self._at])

    def specimen(
        self, step: int, batches: Batches, loss: Tensor, logits: Tensor, y: Tensor, *, ahead: bool
    ) -> Specimen:
        """What was seen, once the step is made (or, not finite, was not)."""
        run, seen, after = self.run, self._seen, self._read()
        place, sample = batches.find(self.choice.row)
        at = _answer(y, place)
        target, row = y.flatten()[at], logits[at].double()
        return Specimen(
            step=step,
            ahead=ahead,
            knobs={name: run.knobs[name] for name in READ}
            | {"adam_eps": run.spec.fixed["adam_eps"], "lr": self._rate()},
            row=place,
            rows=len(y),
            sample=sample,
            target=int(target),
            logits=row.cpu().numpy(),
            probabilities=F.softmax(row, 0).cpu().numpy(),
            loss=float(F.cross_entropy(row[None], target[None])),
            batch_loss=float(loss),
            layer=self.layer,
            weight=(self.unit, self.source),
            derivative=self._derivative(),
            theta=(self._before.theta, after.theta),
            loss_gradient=seen["loss"].gradient,
            penalty_gradient=self._penalty,
            gradient_norm=self._norm,
            gradient=seen.get("clipped", NOTHING).gradient,
            first=(self._before.first, after.first),
            second=(self._before.second, after.second),
            updates=run.plain.steps,
            moved=seen.get("moved", NOTHING).theta,
            unit_norm=self._unit_norm,
            updated="moved" in seen,
        )

    def _rate(self) -> float:
        """Of this layer."""
        shares = self.run.spec.rates()
        return self.run.rates.lr * (shares[self.layer] if shares else 1.0)

    def _derivative(self) -> float:
        """Mean f'(z) of this layer, or of the last hidden one for the logits."""
        hidden = self.trace.outputs[:-1]
        if not hidden or self.trace.states or self.run.knobs["norm"] != "none":
            return math.nan
        z = hidden[min(self.layer, len(hidden) - 1)].detach()
        with torch.enable_grad():
            z.requires_grad_()
            (slope,) = torch.autograd.grad(self.run.forward_knobs.activation(z).sum(), z)
        return float(slope.mean(dtype=torch.float64))


def _answer(y: Tensor, row: int) -> int:
    """Where the logits answer to a row of the batch: of a sequence, to its first symbol."""
    targets = y.reshape(len(y), -1)
    counted = (targets[row] != IGNORE).nonzero()
    first = int(counted[0]) if len(counted) else 0
    return row * targets.shape[1] + first


class Lens:
    """Over a run: lets a step be seen when the last one that was seen is old enough."""

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.rehearsed = False
        """The step to come has been shown, and nothing has happened since."""
        self._looked = -math.inf
        self._glass: Glass | None = None

    def before_step(self, run: Run, trace: Trace | None) -> Trace | None:
        """Begin to look, if it is time; the trace that the forward pass needs then."""
        self.rehearsed = False
        if clock.now() - self._looked < PERIOD:
            return trace
        self._glass = run.watch = Glass(run, self.choice, trace)
        return self._glass.trace

    def after_step(self, step: int, loss: Tensor, logits: Tensor, y: Tensor) -> Specimen | None:
        """What was seen of the step, if it was looked at."""
        glass, self._glass = self._glass, None
        if glass is None:
            return None
        self._looked, glass.run.watch = clock.now(), None
        return glass.specimen(step, glass.run.batches, loss, logits, y, ahead=False)


def rehearse(run: Run, choice: Choice, step: int) -> Specimen:
    """The step that would come next, from the next batch, dropout and all; nothing is left of it.

    What an experiment's own script would do before that step is not rehearsed.
    """
    batches = copy.copy(run.batches)
    batches.generator = copy.deepcopy(run.batches.generator)
    x, y = batches.next()
    with _taken_back(run):
        glass = Glass(run, choice)
        run.watch = glass
        loss, logits = run.gradient(x, y, glass.trace)
        if run.is_finite(loss):
            if run.clip != "none":
                run.clip_gradient()
            run.pace(step)
            run.update()
        return glass.specimen(step, batches, loss, logits, y, ahead=True)


@contextmanager
def _taken_back(run: Run) -> Iterator[None]:
    """Everything that a step moves stands again as it stood."""
    parts = [getattr(run, name) for name in PARTS]
    moved = [run.parameters.grad, *memory(run).values()]
    kept = [tensor.clone() for tensor in moved]
    counts, drawn = [part.steps for part in parts], run.dropout_stream.get_state()
    try:
        yield
    finally:
        run.watch = None
        for tensor, old in zip(moved, kept, strict=True):
            tensor.copy_(old)
        for part, count in zip(parts, counts, strict=True):
            part.steps = count
        run.dropout_stream.set_state(drawn)
