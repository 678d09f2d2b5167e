"""Other recurrent cells on the run's own rows, before any training: what each lets through.

Each is a net of its own, of the run's width, depth and length, drawn from a generator of its own:
nothing of the run is read but its data, and nothing of it moves.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F

from gradtui import catalog
from gradtui.catalog.knobs import KNOBS
from gradtui.catalog.specs import assignment
from gradtui.core.cells import Cell
from gradtui.core.records import Floats
from gradtui.engine.model import Forward, Trace
from gradtui.engine.models.recurrent import Recurrent
from gradtui.engine.run import Run
from gradtui.engine.sampling import norms_of
from gradtui.engine.seeds import torch_stream


class Symbols(NamedTuple):
    """What a net must know of its data."""

    features: int
    classes: int


CELLS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("rnn tanh", ("cell=rnn", "init=torch")),
    ("rnn orthogonal", ("cell=rnn", "init=orthogonal")),
    ("lstm", ("cell=lstm", "init=torch")),
    ("lstm forget 3", ("cell=lstm", "init=torch", "forget_bias=3")),
    ("gru", ("cell=gru", "init=torch")),
    ("gru forget 3", ("cell=gru", "init=torch", "forget_bias=3")),
)
ROWS = 32
"""Rows that are read: how far a gradient reaches hangs little on more, and each one costs."""


def compare(run: Run) -> tuple[Cell, ...]:
    """How far the gradient reaches through each; none where the run is no recurrent net.

    Costs some ten steps of the run, once.
    """
    if not isinstance(run.model, Recurrent):
        return ()
    return tuple(Cell(name, sets, _norms(run, sets)) for name, sets in CELLS)


def _norms(run: Run, sets: tuple[str, ...]) -> Floats:
    chosen = dict(map(assignment, sets))
    fixed = dict(run.spec.fixed) | {"forget_bias": 0.0}
    fixed |= {name: value for name, value in chosen.items() if KNOBS[name].fixed}
    x, y = run.batches.x[:ROWS], run.batches.y[:ROWS]
    symbols, classes = run.parameters.weights[0].shape[0], run.parameters.weights[-1].shape[1]
    model = Recurrent(fixed, Symbols(symbols, classes), run.device)
    model.initialise(str(chosen["init"]), torch_stream(run.spec.seed, "init"))
    trace = Trace([], [])
    with torch.enable_grad():
        knobs = Forward(catalog.activation("tanh").function())
        logits = model.forward(x, knobs, None, None, trace)
        states = trace.states[1]
        gradients = torch.autograd.grad(F.cross_entropy(logits, y.flatten()), states)
    return norms_of(torch.stack(gradients))
