"""What a demo waits for: `step 300`, `accuracy > 0.9`, `verdict vanishing is gone`, …

A condition reads the run state alone, so it asks for what the screen shows.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from typing import get_args

from gradtui import catalog
from gradtui.catalog.knobs import KNOBS, knob
from gradtui.core.errors import UsageError, unknown
from gradtui.core.frozen import frozen
from gradtui.core.records import RunWord
from gradtui.core.state import RunState

Quantity = Callable[[RunState], float]


def _step(state: RunState) -> float:
    return math.nan if state.step is None else float(state.step)


def _exact(state: RunState) -> float:
    share = state.evals[-1].exact_match if state.evals else None
    return math.nan if share is None else share


QUANTITIES: dict[str, Quantity] = {
    "step": _step,
    "epoch": lambda state: state.epoch,
    "accuracy": lambda state: state.evals[-1].accuracy if state.evals else math.nan,
    "loss": lambda state: state.evals[-1].loss if state.evals else math.nan,
    "exact match": _exact,
    "train accuracy": lambda state: state.accuracy,
    "train loss": lambda state: state.loss,
}
"""Accuracy (0 to 1) and loss are those of the held-out split, as they were measured last."""
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
STATES: tuple[str, ...] = get_args(RunWord)
FORMS = (
    "step N, QUANTITY > NUMBER, verdict NAME, verdict NAME is gone, state is WORD, "
    "state is not WORD, knob NAME is VALUE"
)
COMPARED = re.compile(r"(.+?)\s*(>=|<=|>|<)\s*(.*)")


@frozen
class Clause:
    """One thing that must hold, and what there is instead while it does not."""

    holds: Callable[[RunState], bool]
    instead: Callable[[RunState], str]


@frozen
class Condition:
    """Clauses that must hold at once."""

    text: str
    """As the script has it."""
    clauses: tuple[Clause, ...]

    def met(self, state: RunState) -> bool:
        """Whether it holds now."""
        return all(clause.holds(state) for clause in self.clauses)

    def instead(self, state: RunState) -> str:
        """What there is instead: `accuracy is 0.103 at step 412`."""
        found = next((c.instead(state) for c in self.clauses if not c.holds(state)), "it holds")
        return f"{found} at step {'-' if state.step is None else state.step}"


def condition(text: str) -> Condition:
    """The condition that a text stands for; clauses are joined by ` and `.

    `UsageError` names what is wrong with it, and what there is.
    """
    return Condition(text, tuple(_clause(part.strip()) for part in text.split(" and ")))


def _clause(text: str) -> Clause:
    word, _, rest = text.partition(" ")
    if found := COMPARED.fullmatch(text):
        return _compared(*found.groups())
    if word == "step" and rest:
        return _compared("step", ">=", rest)
    if word == "verdict" and rest:
        return _verdict(rest)
    if text.startswith("state is "):
        return _state(text.removeprefix("state is ").strip())
    if word == "knob" and " is " in rest:
        name, _, value = rest.partition(" is ")
        return _knob(name.strip(), value)
    raise UsageError(f"{text!r} is no condition; conditions are: {FORMS}.")


def _compared(name: str, sign: str, number: str) -> Clause:
    if name not in QUANTITIES:
        raise unknown("quantity", name, QUANTITIES)
    try:
        limit = float(number)
    except ValueError:
        limit = math.nan
    if not math.isfinite(limit):
        raise UsageError(f"{name} {sign} {number!r}: that is no number.")
    read, compare = QUANTITIES[name], COMPARISONS[sign]
    return Clause(
        lambda state: compare(read(state), limit),
        lambda state: f"{name} is {read(state):.4g}",
    )


def _verdict(rest: str) -> Clause:
    """Of the doctor: a finding that holds, or does not (any more)."""
    gone = rest.endswith(" is gone")
    name = rest.removesuffix(" is gone").strip()
    known = [rule.name for rule in catalog.all_rules()]
    if name not in known:
        raise unknown("verdict", name, known)

    def held(state: RunState) -> bool:
        finding = state.findings.get(name)
        return finding is not None and finding.last is None

    return Clause(
        (lambda state: not held(state)) if gone else held,
        lambda state: f"{name} {'holds' if held(state) else 'does not hold'}",
    )


def _state(rest: str) -> Clause:
    """`not finite` is a word of its own, so that it is looked for first."""
    negated = rest not in STATES and rest.startswith("not ")
    word = rest.removeprefix("not ").strip() if negated else rest
    if word not in STATES:
        raise unknown("state", word, STATES)
    return Clause(
        lambda state: (state.word == word) != negated,
        lambda state: f"the state is {state.word}",
    )


def _knob(name: str, text: str) -> Clause:
    value = knob(name).read(text)
    if KNOBS[name].fixed or KNOBS[name].action:
        raise UsageError(f"{name} does not change in a run, so nothing can be waited for.")
    return Clause(
        lambda state: state.knobs.get(name) == value,
        lambda state: f"{name} is {state.knobs.get(name)}",
    )
