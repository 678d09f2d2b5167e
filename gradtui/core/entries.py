"""What a catalog file holds: one frozen object named `entry`, found by its file's name.

Nothing here imports torch; the code of an entry does, inside its functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from gradtui.core.architecture import MLP, Architecture
from gradtui.core.frozen import frozen
from gradtui.core.records import Finding, Value

if TYPE_CHECKING:
    from gradtui.core.state import RunState

Tensor = Any
"""A torch.Tensor; core does not know torch."""


@frozen
class Activation:
    """An elementwise nonlinearity a = f(z)."""

    name: str
    formula: str
    derivative: str
    bound: str
    """Bound of the derivative, as people write it: `0 < f' ≤ 1/4`."""
    source: str
    function: Callable[[], Callable[[Tensor], Tensor]]
    """Imports torch and gives f, applied to z of any shape."""
    saturated: Callable[[Any], Any] | None = None
    """Of the outputs a (a numpy array): which lie at a flat end; None where there is none."""
    can_die: bool = False
    """A unit that is <= 0 on the whole batch passes (nearly) nothing back."""


@frozen
class Regularizer:
    """A penalty on the weights (never the biases), or a projection of them after the step."""

    name: str
    formula: str
    source: str
    strength: float
    """Default strength; 0 for none."""
    derivative: str = ""
    """Of the penalty by one weight θ, in s, θ, sign(θ): `s · θ`. "" if θ alone does not give it."""
    penalty: Callable[[Tensor, float], Tensor] | None = None
    """(all weights, flat; strength) -> the penalty, a scalar tensor."""
    add_gradient: Callable[[Tensor, Tensor, float], None] | None = None
    """(weights, their gradient, strength): adds the penalty's gradient in place."""
    project: Callable[[list[Tensor], float], None] | None = None
    """(weight matrices [in, out], strength): moves them in place after the step."""


@frozen
class Experiment:
    """A named recipe, and the question that it answers."""

    name: str
    question: str
    try_this: str
    """What to press or set, and what to expect."""
    data: str
    depth: int
    """Hidden layers."""
    width: int
    knobs: Mapping[str, Value] = field(default_factory=dict)
    fixed: Mapping[str, Value] = field(default_factory=dict)
    """Start-only settings beside depth and width: zero_init, adam_eps, train_rows."""
    net: Architecture = MLP
    steps: int | None = None
    epochs: int | None = None
    script: tuple[tuple[int, str, Value], ...] = ()
    """Interventions that belong to the experiment: (step, knob, value)."""
    source: str = ""
    theory: bool = False
    """Samples carry what mean-field theory predicts."""


@frozen
class Rule:
    """A diagnosis: looks at a run state, gives a `Finding` while it holds, else None.

    Scale-free: ratios over depth and over time, never an absolute size.
    """

    name: str
    sentence: str
    source: str
    check: Callable[[RunState], Finding | None]
