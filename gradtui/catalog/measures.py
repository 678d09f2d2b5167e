"""What lessons expect and their formulas show: numbers read off a run state, by name.

nan where there is nothing to read yet. What an intervention changes is read from what came after
it, so that a lesson cannot take yesterday's profile for today's.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from gradtui.catalog import evidence
from gradtui.core import in_time, text
from gradtui.core.frozen import frozen
from gradtui.core.history import History
from gradtui.core.prediction import chi_of
from gradtui.core.records import Sample
from gradtui.core.scale import slope
from gradtui.core.state import RunState

SPAN = 20
"""Steps over which what one batch gives is averaged."""


@frozen
class Measure:
    """One number of a run."""

    label: str
    """The field's own word, the same in every language."""
    read: Callable[[RunState], float]
    show: Callable[[float], str]


def newest(state: RunState) -> Sample | None:
    """The newest sample since the last intervention."""
    if state.recent:
        return state.recent[-1]
    return None if state.markers else state.sample


def _sampled(read: Callable[[Sample], float]) -> Callable[[RunState], float]:
    def measure(state: RunState) -> float:
        sample = newest(state)
        return math.nan if sample is None else float(read(sample))

    return measure


def _steps(state: RunState) -> float:
    """Since the last intervention."""
    if state.step is None:
        return 0
    first = state.markers[-1].step if state.markers else 0
    return max(state.step + 1 - first, 0)


def _recent(history: History) -> float:
    """Mean over the newest steps of the present segment."""
    if not history.size or history.segment[-1] != len(history.segments) - 1:
        return math.nan
    mine = history.segment == history.segment[-1]
    rows = history.mean[mine, 0][-max(SPAN // history.width, 1) :].astype(np.float64)
    return float((10.0**rows).mean() if history.log else rows.mean())


def _tested(name: str) -> Callable[[RunState], float]:
    def measure(state: RunState) -> float:
        first = state.markers[-1].step if state.markers else -1
        later = [e for e in state.evals if e.step >= first and e.when != "before"]
        return float(getattr(later[-1], name)) if later else math.nan

    return measure


def _exact_match(state: RunState) -> float:
    """Of nets that translate."""
    share = state.evals[-1].exact_match if state.evals else None
    return math.nan if share is None else share


def _gap(state: RunState) -> float:
    """How many times the held-out loss is the training loss."""
    train = _recent(state.train_loss)
    return _tested("loss")(state) / train if train > 0 else math.nan


def _frame(name: str, layer: int) -> Callable[[RunState], float]:
    """Mean over the newest steps of the present segment, of one layer."""

    def measure(state: RunState) -> float:
        history = state.quantities[name]
        if not history.size or history.segment[-1] != len(history.segments) - 1:
            return math.nan
        mine = history.segment == history.segment[-1]
        rows = history.mean[mine, layer][-max(SPAN // history.width, 1) :].astype(np.float64)
        return float((10.0**rows).mean())

    return measure


def _grad_norm_slope(state: RunState) -> float:
    return slope(state.now["grad_norm"]) if "grad_norm" in state.now else math.nan


def _in_time(sample: Sample) -> float:
    """Decades lost a step back in time, least squares."""
    return math.nan if sample.signal_time is None else in_time.slope(sample.signal_time)


def _chi_error(sample: Sample) -> float:
    """Share by which the predicted chi misses the measured one."""
    if sample.theory is None:
        return math.nan
    return abs(chi_of(slope(sample.theory.signal)) / chi_of(slope(sample.signal)) - 1)


def _chi(sample: Sample) -> float:
    return math.nan if sample.theory is None else chi_of(slope(sample.theory.signal))


def _found(name: str) -> Callable[[RunState], float]:
    return lambda state: float(evidence.holds(state, name) is not None)


def _lost(state: RunState) -> float:
    return math.nan if state.step is None else float(not math.isfinite(state.loss))


def _first_gain(state: RunState) -> float:
    """Of the run's first profile."""
    first = state.quantities["signal"]
    return 10 ** -slope(10.0 ** first.mean[0].astype(np.float64)) if first.size else math.nan


def _yes(value: float) -> str:
    return "yes" if value else "no"


def _whole(value: float) -> str:
    return text.thousands(round(value)) if math.isfinite(value) else text.plain(value)


def _found_measure(name: str) -> Measure:
    return Measure(f"doctor: {name}", _found(name), _yes)


MEASURES: dict[str, Measure] = {
    "slope": Measure("slope", _sampled(lambda s: slope(s.signal)), text.signed),
    "gain": Measure("gain a layer", _sampled(lambda s: 10 ** -slope(s.signal)), text.factor),
    "first_gain": Measure("gain a layer at first", _first_gain, text.factor),
    "left": Measure("left of the signal", _sampled(lambda s: s.signal[0] / s.signal[-1]),
                    text.factor),
    "grad_norm_slope": Measure("slope of grad norm", _grad_norm_slope, text.signed),
    "time_slope": Measure("slope in time", _sampled(_in_time), text.signed),
    "time_gain": Measure("gain a time step", _sampled(lambda s: 10 ** -_in_time(s)), text.factor),
    "train_loss": Measure("train loss", lambda s: _recent(s.train_loss), text.loss),
    "train_accuracy": Measure("train accuracy", lambda s: _recent(s.train_accuracy), text.share),
    "test_loss": Measure("test loss", _tested("loss"), text.loss),
    "test_accuracy": Measure("test accuracy", _tested("accuracy"), text.share),
    "exact_match": Measure("exact match", _exact_match, text.share),
    "gap": Measure("test loss / train loss", _gap, text.factor),
    "dead": Measure("dead share, first layer", _sampled(lambda s: s.dead[0]), text.share),
    "update": Measure("update ratio, first layer", _frame("update_ratio", 0), text.number),
    "chi": Measure("χ predicted", _sampled(_chi), lambda value: f"{value:.3f}"),
    "chi_measured": Measure("χ measured", _sampled(lambda s: chi_of(slope(s.signal))),
                            lambda value: f"{value:.3f}"),
    "chi_error": Measure("error of χ", _sampled(_chi_error), text.share),
    "vanishing": _found_measure("vanishing"),
    "exploding": _found_measure("exploding"),
    "vanishing_in_time": _found_measure("vanishing in time"),
    "dying": _found_measure("dead"),
    "lost": Measure("not finite", _lost, _yes),
    "steps": Measure("steps", _steps, _whole),
}  # fmt: skip
