"""One run's whole numerical state: parameters, optimizer memory, data order, knobs.

`gradient` and `update` are the two halves of a training step; between two of them
`interventions.intervene` changes a knob. Nothing here knows threads, records or screens.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from gradtui import catalog
from gradtui.catalog.optimizers import CLIP_EPSILON
from gradtui.core.records import Info, Value
from gradtui.core.spec import Spec
from gradtui.engine.backward import backward
from gradtui.engine.batches import Batches
from gradtui.engine.data import Dataset
from gradtui.engine.device import label
from gradtui.engine.evaluation import evaluate
from gradtui.engine.model import Forward, Trace
from gradtui.engine.models import build
from gradtui.engine.optimizers import RULES, Eye, Rates
from gradtui.engine.parameters import Parameters
from gradtui.engine.seeds import numpy_stream, torch_stream
from gradtui.engine.stages import Watch
from gradtui.engine.stopping import Stopped
from gradtui.engine.swing import places_of, slots_of, swing


class Run:
    """A net in training. All tensors are float32 on `device`."""

    def __init__(self, spec: Spec, data: Dataset, device: torch.device) -> None:
        self.spec = spec
        self.device = device
        self.on_cpu = device.type == "cpu"
        """Known beforehand: in mid-step torch takes microseconds to tell a device's name."""
        self.knobs: dict[str, Value] = dict(spec.knobs)
        self.decay_given = spec.decay_given
        self.strength_given = spec.strength_given
        self.model = build(spec, data, device)
        self.running = self.model.running
        x, y = (torch.from_numpy(part).to(device) for part in (data.x_test, data.y_test))
        self.held_out = x, y
        self.batches = Batches(
            torch.from_numpy(data.x_train).to(device),
            torch.from_numpy(data.y_train).to(device),
            spec.knobs["batch_size"],
            numpy_stream(spec.seed, "order"),
        )
        self.dropout_stream = torch_stream(spec.seed, "dropout", device=device)
        pieces = self.parameters.pieces(spec.rates())
        self._places = places_of(self.parameters, [at for at, _ in pieces])
        self.model.parameters = p = self._places[0]
        self.plain, self.norm_part, self.gate_part = slots_of(self._places)
        self.plain.cut(pieces, p.n_weights)
        self.weight_gradient = p.grad[: p.n_weights]
        self.initialise(0)
        for gamma in p.gammas:
            gamma.fill_(1)
        self.read_knobs()
        self.stop: Callable[[], bool] = bool
        """Whether somebody wants the run to end: whatever takes long asks."""
        self.watch: Watch | None = None
        """Looks at the stages of a step while a lesson is open; changes no number."""
        self._numpy_gradient = p.grad.numpy() if self.on_cpu else None
        # Made once: to make one costs more than to enter it.
        self._recording = torch.enable_grad()

    @property
    def parameters(self) -> Parameters:
        """Where they lie now; the next step may leave them elsewhere."""
        return self.model.parameters

    @property
    def weights(self) -> Tensor:
        """All of them, flat, where they lie now."""
        return self.parameters.flat[: self.parameters.n_weights]

    def info(self, data: Dataset, steps: int) -> Info:
        """What the run is, now that its data and device are known."""
        spec = self.spec
        return Info(
            experiment=spec.experiment.name, question=spec.experiment.question,
            model=spec.model_label(data.classes), data=data.label, classes=data.classes,
            device=label(self.device), seed=spec.seed, knobs=dict(self.knobs),
            layers=spec.layers(), locked=spec.locked(),
            shapes=tuple((w.shape[0], w.shape[1]) for w in self.parameters.weights),
            steps_per_epoch=self.batches.per_epoch, rows=self.batches.rows,
            steps=steps, sample_every=spec.sample_every,
        )  # fmt: skip

    def initialise(self, step: int) -> None:
        """Draw all weights anew, from the generator of (seed, step), and forget their moments."""
        stream = torch_stream(self.spec.seed, "init", step)
        self.model.initialise(str(self.knobs["init"]), stream)
        self.plain.first.zero_()
        self.plain.second.zero_()

    def read_knobs(self) -> None:
        """Bring what the step reads in line with `knobs`."""
        knobs = self.knobs
        activation = catalog.activation(str(knobs["activation"]))
        self.activation = self.model.observed(activation)
        """What the samples call dead or saturated."""
        self.regularizer = catalog.regularizer(str(knobs["regularizer"]))
        self.strength = float(knobs["strength"])
        self.forward_knobs = Forward(
            activation.function(),
            norm=str(knobs["norm"]),
            residual=knobs["residual"] != "off",
            gated=knobs["residual"] == "rezero",
            dropout=float(knobs["dropout"]),
            grid=self.model.grid,
        )
        self.rates = Rates(
            lr=float(knobs["lr"]),
            momentum=float(knobs["momentum"]),
            decay=float(knobs["decay"]),
            keras_eps=self.spec.fixed["adam_eps"] == "keras",
        )
        self.optimizer = RULES[str(knobs["optimizer"])]
        how, _, limit = str(knobs["clip"]).partition(":")
        self.clip, self.limit = how, float(limit or 0)
        inner = ((self.norm_part, knobs["norm"] != "none"),
                 (self.gate_part, knobs["residual"] == "rezero"))  # fmt: skip
        self.parts = [self.plain, *(part for part, used in inner if used)]

    def gradient(self, x: Tensor, y: Tensor, trace: Trace | None = None) -> tuple[Tensor, Tensor]:
        """The mean cross-entropy over the targets, and the logits; leaves the objective's gradient.

        A trace is left with dL/dz of the data loss.
        """
        parameters, watch = self.parameters, self.watch
        parameters.grad.zero_()
        with self._recording:
            logits = self.model.forward(
                x, self.forward_knobs, self.running, self.dropout_stream, trace
            )
            loss = F.cross_entropy(logits, y.flatten())
        if trace is None:
            torch.autograd.backward((loss,))
        else:
            backward(loss, parameters, trace)
        if watch is not None:
            watch.see("loss")
        if self.regularizer.add_gradient is not None:
            self.regularizer.add_gradient(self.weights, self.weight_gradient, self.strength)
        if watch is not None:
            watch.see("objective")
        return loss.detach(), logits.detach()

    def penalty(self) -> Tensor | None:
        """The penalty of the weights as they are, a scalar; None if there is none."""
        penalty = self.regularizer.penalty
        return None if penalty is None else penalty(self.weights, self.strength)

    def is_finite(self, loss: Tensor, plain: bool | None = None) -> bool:
        """Whether the loss and all gradients are numbers; on a GPU nobody asks before a flush.

        `plain`: what is known already of the gradients by weights and biases.
        """
        gradient = self._numpy_gradient
        if gradient is None:
            return True
        if not (math.isfinite(loss.numpy()) and plain is not False):
            return False
        if plain and len(self.parts) == 1:  # the rest of the gradient is zero
            return True
        if plain:
            gradient = gradient[self.parameters.n_plain :]
        return math.isfinite(gradient.dot(gradient)) or bool(np.isfinite(gradient).all())

    def clip_gradient(self) -> None:
        """By global norm (Pascanu, Mikolov, Bengio 2013) or by value, in place."""
        for part in self.parts if self.clip == "value" else ():
            part.gradient.clamp_(-self.limit, self.limit)
        if self.clip == "norm":
            # Behind n_plain the gradient is zero while norm and gates are off: it adds nothing.
            norm = torch.linalg.vector_norm(self.parameters.grad, dtype=torch.float64)
            factor = (self.limit / (norm + CLIP_EPSILON)).clamp(max=1.0)
            self.parameters.grad.mul_(factor.to(torch.float32))

    def pace(self, step: int) -> None:
        """The rate of this step: up to the knob's over the warm-up, and down from there as
        1 / sqrt(step), as in Vaswani et al. 2017; without a warm-up the knob's.
        """
        warmup = int(self.spec.fixed.get("warmup", 0))
        if warmup:
            done = (step + 1) / warmup
            self.rates.lr = float(self.knobs["lr"]) * min(done, done**-0.5)

    def update(self, eye: Eye | None = None) -> None:
        """theta <- theta - alpha * step, by the optimizer, decay and projection of the knobs.

        `eye` sees how the weights move.
        """
        project, watch = self.regularizer.project, self.watch
        if watch is not None:
            watch.see("clipped")
        if eye is not None and project is None:
            swing(self._places, self.plain, self.optimizer, self.rates, eye)
            self.norm_part.at = self.gate_part.at = self.plain.at
            self.model.parameters = self._places[self.plain.at]
            eye = None
        else:
            if eye is not None:
                eye.before()
            self.plain.move(self.optimizer, self.rates)
        for part in self.parts[1:]:
            part.move(self.optimizer, self.rates)
        if watch is not None:
            watch.see("moved")
        if project is not None:
            project(self.parameters.weights, self.strength)
        if eye is not None:
            eye.after()

    def inspect(self, x: Tensor, y: Tensor) -> tuple[Tensor, list[Tensor], Trace]:
        """Loss, the gradients of `trace.watched()` and the trace for these rows; the run stays.

        Without dropout, and with the batch's own statistics under batch norm.
        """
        trace, running = Trace([], []), self.running.unseen(x, self.model.grid)
        with torch.enable_grad():
            logits = self.model.forward(x, self.forward_knobs, running, None, trace)
            loss = F.cross_entropy(logits, y.flatten())
            gradients = torch.autograd.grad(loss, trace.watched())
        return loss.detach(), list(gradients), trace

    def breathe(self) -> None:
        """A moment at which long work may end; raises `Stopped` if it is to."""
        if self.stop():
            raise Stopped

    def evaluate(self, *, whole: bool = False) -> tuple[float, float]:
        """See `engine.evaluation.evaluate`."""
        return evaluate(self, whole=whole)
