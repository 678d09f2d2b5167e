"""What a run says: the records that travel from a source to every screen and file.

Records are plain values: numpy arrays and Python scalars, never a tensor. Layer arrays run
from the input to the output. Magnitudes are linear float64, so that nothing between 1e-44
and 1e38 becomes a false zero or a false inf; the history turns them into log10.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gradtui.core.frozen import frozen
from gradtui.core.prediction import Prediction
from gradtui.core.spread import Spread

Value = str | float | int
Floats = NDArray[np.float64]

RunWord = Literal["starting", "training", "paused", "not finite", "failed", "finished"]
When = Literal["start", "epoch", "before", "after", "end"]


@frozen(kw_only=True)
class Record:
    """Every record carries the run and the branch that it belongs to.

    A run begins on branch 0; each undo and each redo opens the next one, by a `Branch`. Steps
    are unique within a branch.
    """

    run: str = ""
    branch: int = 0


@frozen(kw_only=True)
class Info(Record):
    """What a run is; the first record, and known before torch is imported."""

    experiment: str
    question: str
    model: str
    data: str
    device: str
    seed: int
    layers: tuple[str, ...]
    knobs: Mapping[str, Value]
    classes: int
    steps_per_epoch: int
    rows: int = 0
    """Training rows; an epoch is all of them once. 0 if unknown."""
    steps: int
    """The run's length in steps: the lab pauses there, `train` ends there."""
    sample_every: int = 10
    locked: Mapping[str, str] = field(default_factory=dict)
    """Knobs that this source cannot change, and the reason why."""
    shapes: tuple[tuple[int, int], ...] = ()
    """(in, out) of each layer's weights; empty while unknown."""
    shows: str = "signal"
    """The quantity that a screen begins with."""
    recording: bool = False
    """The past, played: a person can go to any moment of it, and change nothing."""


@frozen(kw_only=True)
class Frame(Record):
    """A block of K consecutive steps, measured at every step. Shapes [K] and [K, L]."""

    steps: NDArray[np.int64]
    loss: Floats
    """Mean cross-entropy of the batch, without penalty."""
    accuracy: Floats
    """Share of the batch that is classified rightly, 0 to 1."""
    penalty: Floats
    grad_norm: Floats | None = None
    """L2 norm of the objective's gradient by W, penalty included, before clipping."""
    weight_norm: Floats | None = None
    """L2 norm of W at the forward pass of this step."""
    update_ratio: Floats | None = None
    """norm(W after - W before) / norm(W before)."""
    bias_rms: Floats | None = None
    """Rms of the bias gradient; a column without a bias in use is marked in `no_bias`."""
    no_bias: NDArray[np.bool_] | None = None
    """[L], True where bias_rms means nothing (no bias, or a norm behind it)."""
    seconds: float = 0.0
    """Wall time that these K steps took; 0 if unknown."""
    probe_seconds: float = 0.0
    """The part of `seconds` that measuring took."""
    merged: int = 0
    """Steps that were merged away because the reader was slow (min, max and last were kept)."""


@frozen(kw_only=True)
class Sample(Record):
    """What is measured only every k-th step. All arrays are [L]; nan in a share = not defined."""

    step: int
    signal: Floats
    """sqrt(mean over batch and units of (dL/dz)^2)."""
    activation_mean: Floats
    activation_std: Floats
    dead: Floats
    """Share of units <= 0 on the whole batch (relu family), 0 to 1, else nan."""
    saturated: Floats
    """Share of outputs at the flat ends of a bounded activation, 0 to 1, else nan."""
    zero: NDArray[np.bool_]
    """True where every unit gives exactly 0 on the whole batch."""
    theory: Prediction | None = None
    """Where the experiment sets theory beside the measurement."""
    signal_time: Floats | None = None
    """[T] L2 norm of dL/dh_t over batch and units, the first time step first; of recurrent nets,
    where layers are stacked of the first one."""


@frozen(kw_only=True)
class Histograms(Record):
    """The numbers of all layers as step `step` left them; the lab sends a few in a second."""

    step: int
    weights: Spread
    gradients: Spread
    """log10 |g| of the gradient that the step took: penalty included, after clipping."""
    activations: Spread
    """f(z) of the step's batch under these weights, without dropout; the last row is the logits."""


@frozen(kw_only=True)
class Eval(Record):
    """Loss and accuracy on the whole held-out split; of sequences, over all target symbols."""

    step: int
    when: When
    loss: float
    accuracy: float
    exact_match: float | None = None
    """Share of held-out sources whose target the net says to the letter, by itself."""


@frozen(kw_only=True)
class Applied(Record):
    """An intervention that took effect before the step with this index."""

    step: int
    knob: str
    old: Value
    value: Value
    undone: bool = False
    """No intervention, but one taken back: a run state's own mark where it went back to."""


@frozen(kw_only=True)
class Branch(Record):
    """The run stands as it stood before `step` once, and goes on from there as branch `branch`.

    Undo: as before the interventions `changes`, which were applied before this very step; the
    branch `parent` is left at its step `left`. Redo: as when an undo left the branch `parent`.
    Nothing is deleted: what was told of the branch that was left stays true of it.
    """

    step: int
    """Index of the next step."""
    how: Literal["undo", "redo"]
    parent: int
    """The branch whose past this one has: with an undo the one left, with a redo the one that
    the undo had left."""
    since: int
    """The last step index at which the branch left and the one entered were one and the same."""
    left: int
    """Index of the step that would have come next where it was left."""
    knobs: Mapping[str, Value]
    """All of them, as they are now."""
    changes: tuple[Applied, ...] = ()
    """What was taken back or done again, the intervention itself first."""


@frozen(kw_only=True)
class Finding(Record):
    """A named diagnosis: what, where, since when, its evidence, what to try."""

    name: str
    step: int
    first: int
    last: int | None
    """The last step that it held; None while it holds."""
    layers: tuple[str, ...]
    evidence: tuple[str, ...]
    prescriptions: tuple[tuple[str, Value], ...] = ()
    """(knob, value) pairs, the best first."""
    cured_by: Applied | None = None


@frozen(kw_only=True)
class Notice(Record):
    """One sentence about something that went wrong and did not stop the run."""

    text: str
    step: int = 0
    refused: str = ""
    """What was asked for and is not done: a knob, `undo` or `redo`; empty if nothing was."""


@frozen(kw_only=True)
class State(Record):
    """The state word of the run, and its cause in one sentence where there is one."""

    word: RunWord
    step: int = 0
    cause: str = ""


@frozen(kw_only=True)
class End(Record):
    """The last record of a run."""

    steps: int
    accuracy: float
    state: Literal["finished", "stopped", "failed"]
    cause: str = ""
