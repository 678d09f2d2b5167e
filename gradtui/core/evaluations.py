"""The held-out evaluations of a run of any length: those of epochs thin out, evenly."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from gradtui.core.records import Eval

CAPACITY = 1024
"""Evaluations that are kept. A net of a few units makes sixty a second, and every chart that
shows them looks at all; a screen has some 160 columns for them."""


def thinned(evals: Sequence[Eval], goal: int = CAPACITY // 2) -> list[Eval]:
    """At most `goal` of the evaluations, in their order.

    Of epochs that lie within a span of steps, the same for the whole run, the last one stays.
    What was evaluated at the start, before and after interventions and at the end stays, unless
    that alone is more than the goal: then the oldest go.
    """
    kept, width = list(evals), 1
    while len(kept) > goal and width <= kept[-1].step:
        width *= 2
        kept = [one for one, two in pairwise(kept) if not _gives_way(one, two, width)] + kept[-1:]
    return kept[-goal:]


def _gives_way(one: Eval, two: Eval, width: int) -> bool:
    """Whether an evaluation stands for the same span as the one behind it."""
    return one.when == two.when == "epoch" and one.step // width == two.step // width
