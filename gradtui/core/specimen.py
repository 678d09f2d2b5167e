"""What a lesson shows of one step: a row of the batch and a weight at work."""

from __future__ import annotations

from collections.abc import Mapping

from gradtui.core.frozen import frozen
from gradtui.core.records import Floats, Record, Value


@frozen(kw_only=True)
class Specimen(Record):
    """One step at work on one row of its batch and on one weight; only while a lesson is open.

    All numbers are those of this step, so that they satisfy its formulas whatever the knobs
    are by now. What plays no part in the step is nan.
    """

    step: int
    ahead: bool
    """Not made: the step that would come next, rehearsed and taken back while the run is paused."""
    knobs: Mapping[str, Value]
    """What the step read, `adam_eps` included."""
    row: int
    rows: int
    """Of the batch: which one this is, and how many there are."""
    sample: int
    """Its number among the training rows."""
    target: int
    """Its true class."""
    logits: Floats
    """[C]"""
    probabilities: Floats
    """[C] Softmax of the logits."""
    loss: float
    """Its own cross-entropy, and the mean over the batch."""
    batch_loss: float
    layer: int
    weight: tuple[int, int]
    """(into this unit, from this one): an index as torch writes it."""
    derivative: float
    """Mean f'(z) over the batch and the units of this layer, of the last hidden one for the
    logits; nan under a norm, whose output is the argument of f then."""
    theta: tuple[float, float]
    """Before the step, after it."""
    loss_gradient: float
    """Of the mean loss by this weight, and of the penalty."""
    penalty_gradient: float
    gradient_norm: float
    """Of the whole objective by all parameters, where clipping asks for it."""
    gradient: float
    """What the optimizer takes: penalty included, after clipping."""
    first: tuple[float, float]
    """The momentum or the first moment, before and after the step; then the second moment."""
    second: tuple[float, float]
    updates: int
    """Of Adam, this one included: the t of its bias corrections."""
    moved: float
    """The weight behind the optimizer, before a projection shortens the unit's weights,
    and their norm there."""
    unit_norm: float
    updated: bool
    """False: the gradient was not finite, and no weight moved."""
