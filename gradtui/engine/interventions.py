"""What each knob does when it changes in mid-run. Nothing else is reset."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from gradtui import catalog
from gradtui.catalog import knobs
from gradtui.catalog.specs import check_unlocked
from gradtui.core.errors import UsageError
from gradtui.core.records import Floats, Value
from gradtui.core.scale import slope
from gradtui.engine.models.recurrent import Recurrent
from gradtui.engine.models.seq2seq_rnn import Seq2SeqRnn
from gradtui.engine.run import Run
from gradtui.engine.theory import Theory

ROWS, TARGETS, FEW = 256, 1024, 16
"""By so many rows of the training set the signal is measured; of sequences, which have a target a
symbol, by so many targets, but that many rows at least."""
PIECE = 64
"""Rows that are read at once: 256 take four times the memory of a step, 200 MB of some nets."""
EACH_TIME = ("init", "rescale", "shift_bias")

Change = tuple[str, Value, Value]
"""(knob, old value, new value)."""


def intervene(run: Run, knob: str, value: Value, step: int) -> list[Change]:
    """Change a knob before `step`; what changed, the knob itself first.

    A regularizer brings its default strength, and adamw its decay (the others take it back),
    unless the user set one.
    Setting a knob to its present value changes no bit; only `init`, `rescale` and
    `shift_bias` are done each time. Raises `UsageError`, with nothing changed, for what the
    knob does not accept, a knob that is fixed at the start, and a layer that is not there.
    """
    value = _accepted(knob, value)
    old = run.knobs.get(knob, "")
    check_unlocked(run.spec, knob, value, old)
    changes: list[Change] = [(knob, old, value)]
    _note_choice(run, knob)
    if old == value and knob not in EACH_TIME:
        return changes
    if not knobs.KNOBS[knob].action:
        run.knobs[knob] = value
    deed = DEEDS.get(knob)
    if deed is not None:
        deed(run, value, step)
    changes += _companions(run, knob, value)
    run.read_knobs()
    return changes


def _accepted(name: str, value: Value) -> Value:
    """The value as the knob reads it: a source carries whatever its sender wrote."""
    if knobs.knob(name).fixed:
        raise UsageError(f"{name} is fixed at the start of a run.")
    return knobs.knob(name).read(str(value))


def _note_choice(run: Run, knob: str) -> None:
    """What a person set, even to its present value, no other knob brings along any more."""
    run.strength_given |= knob == "strength"
    run.decay_given |= knob == "decay"


def _companions(run: Run, knob: str, value: Value) -> list[Change]:
    if knob == "regularizer" and not run.strength_given:
        return _follow(run, "strength", catalog.regularizer(str(value)).strength)
    if knob == "optimizer" and not run.decay_given:
        return _follow(run, "decay", knobs.ADAMW_DECAY if value == "adamw" else 0.0)
    return []


def _follow(run: Run, knob: str, value: float) -> list[Change]:
    old = run.knobs[knob]
    run.knobs[knob] = value
    return [] if old == value else [(knob, old, value)]


def _optimizer(run: Run, value: Value, step: int) -> None:
    for part in (run.plain, run.norm_part, run.gate_part):
        part.forget()


def _norm(run: Run, value: Value, step: int) -> None:
    for gamma, beta in zip(run.parameters.gammas, run.parameters.betas, strict=True):
        gamma.fill_(1)
        beta.zero_()
    run.norm_part.forget()
    run.parameters.grad[run.parameters.n_plain : run.parameters.n_gates].zero_()
    run.running.reset()


def _residual(run: Run, value: Value, step: int) -> None:
    for gate in run.parameters.gates:
        gate.zero_()
    run.gate_part.forget()
    run.parameters.grad[run.parameters.n_gates :].zero_()


def _init(run: Run, value: Value, step: int) -> None:
    run.initialise(step)
    # The statistics of weights that are gone; after an overflow they would stay inf for good.
    run.running.reset()


def _batch_size(run: Run, value: Value, step: int) -> None:
    run.batches.resize(value)


def _flush(run: Run, value: Value, step: int) -> None:
    torch.set_flush_denormal(value == "on")


def _shift_bias(run: Run, value: Value, step: int) -> None:
    layer, _, amount = str(value).partition(":")
    p = run.parameters
    if layer == knobs.FORGET:
        if not isinstance(run.model, Recurrent | Seq2SeqRnn) or not (gates := run.model.forget()):
            raise UsageError(f"shift_bias {value!r}: this net has no forget gates.")
        for bias in gates:
            bias.add_(float(amount))
        return
    if int(layer) >= len(p.weights):
        raise UsageError(f"shift_bias {value!r}: layers go from 0 to {len(p.weights) - 1}.")
    if int(layer) not in p.biased:
        raise UsageError(f"shift_bias {value!r}: {run.spec.layers()[int(layer)]} has no bias.")
    p.biases[p.biased.index(int(layer))].add_(float(amount))


def _rescale(run: Run, value: Value, step: int) -> None:
    factor = critical_factor(run) if value == "critical" else float(value)
    for weight in run.parameters.weights[:-1]:
        weight.mul_(factor)


def critical_factor(run: Run) -> float:
    """The factor on the hidden weights at which the signal neither vanishes nor explodes.

    From theory where the experiment sets it beside the measurement and it applies. Else by
    measurement, on the first rows of the training set: some 60 times forward and backward.
    1 if no factor gives a finite slope.
    """
    if run.spec.experiment.theory:
        theory = Theory(run)
        factor = _flattest(lambda exponent: theory.steepness(2.0**exponent))
        if factor is not None:
            return factor
    return _measured_factor(run)


def _measured_factor(run: Run) -> float:
    weights = run.parameters.weights[:-1]
    kept = [weight.clone() for weight in weights]
    rows = int(np.clip(TARGETS // run.batches.y[0].numel(), FEW, ROWS))
    x, y = run.batches.x[:rows], run.batches.y[:rows]

    def steepness(exponent: float) -> float:
        run.breathe()
        for weight, original in zip(weights, kept, strict=True):
            torch.mul(original, 2.0**exponent, out=weight)
        return abs(slope(_signal(run, x, y)))

    try:
        factor = _flattest(steepness)
    finally:
        for weight, original in zip(weights, kept, strict=True):
            weight.copy_(original)
    return 1.0 if factor is None else factor


def _flattest(steepness: Callable[[float], float]) -> float | None:
    """The factor from 1/64 to 64 whose exponent of 2 gives the least |slope|, then refined.

    None if none gives a finite one.
    """

    def finite(exponent: float) -> float:
        found = steepness(exponent)
        return found if np.isfinite(found) else np.inf

    best, width = 0.0, 6.0
    while width > 0.01:
        tries = np.linspace(best - width, best + width, 13)
        best = float(min(tries, key=finite))
        width /= 5
    return 2.0**best if np.isfinite(finite(best)) else None


def _signal(run: Run, x: Tensor, y: Tensor) -> Floats:
    """The signal of each layer for these rows, without touching any gradient or statistic.

    Norms that batches have are those of a piece, as in a step; in any unit, for the slope has none.
    """
    squares = []
    size = PIECE + (len(x) % PIECE == 1)  # a piece of one row has no norm
    for part in zip(torch.split(x, size), torch.split(y, size), strict=True):
        gradients = run.inspect(*part)[1]
        norms = [float(torch.linalg.vector_norm(g, dtype=torch.float64)) for g in gradients]
        squares.append(np.square(norms) * float(len(part[0])) ** 2)
    total: Floats = np.sqrt(np.sum(squares, axis=0))
    return total


DEEDS: dict[str, Callable[[Run, Value, int], None]] = {
    "optimizer": _optimizer,
    "norm": _norm,
    "residual": _residual,
    "init": _init,
    "batch_size": _batch_size,
    "flush": _flush,
    "shift_bias": _shift_bias,
    "rescale": _rescale,
}
