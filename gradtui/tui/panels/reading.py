"""Exact values of one column of the time axis: what the cursor reads."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gradtui.core.frozen import frozen
from gradtui.core.history import History
from gradtui.core.records import Eval, Value
from gradtui.core.state import RunState
from gradtui.tui.cursor import in_view
from gradtui.tui.draw.lanes import INF, VALUE, ZERO, combine
from gradtui.tui.draw.series import buckets
from gradtui.tui.panels.picture import Picture


@frozen
class Spread:
    """Mean, smallest and largest of some steps, linear; nan where there is none."""

    mean: float = np.nan
    low: float = np.nan
    high: float = np.nan


@frozen
class Reading:
    """What is known of the steps `first` to `last`."""

    first: int
    last: int
    loss: Spread
    accuracy: Spread
    test: Eval | None
    """The newest evaluation up to then, since the intervention before."""
    layer: int
    value: float
    """This layer's quantity, linear; the last one measured, where none was here."""
    measured: int | None
    """The step that `value` is from; None if it is from these steps."""
    knobs: Mapping[str, Value]
    """What was in force."""


def read(picture: Picture, step: int, layer: int) -> Reading | None:
    """The values of the column that a step lies in; None before the first step."""
    state, axis = picture.state, picture.timeline
    bounds = axis.steps(axis.column(in_view(step, axis)))
    if bounds is None or state.step is None:
        return None
    first, behind = bounds
    since = max((marker.step for marker in state.markers if marker.step <= first), default=0)
    loss = _spread(state.train_loss, since, first, behind)
    accuracy = _spread(state.train_accuracy, since, first, behind)
    if not np.isfinite(loss.mean):  # the accuracy of a model that is nan means nothing
        accuracy = Spread()
    value, measured = _layer(picture, layer, since, first, behind)
    knobs = dict(state.info.knobs)
    knobs.update({marker.knob: marker.value for marker in state.markers if marker.step <= first})
    test = _test(state, since, behind)
    return Reading(first, behind - 1, loss, accuracy, test, layer, value, measured, knobs)


def _rows(history: History, since: int, first: int, behind: int) -> slice:
    """The buckets that begin here; where there is none, the last one since the intervention."""
    rows = slice(*np.searchsorted(history.first, [first, behind]).tolist())
    if rows.start == rows.stop > 0 and history.first[rows.stop - 1] >= since:
        return slice(rows.stop - 1, rows.stop)
    return rows


def _spread(history: History, since: int, first: int, behind: int) -> Spread:
    rows = _rows(history, since, first, behind)
    if rows.start == rows.stop or history.first[rows.start] + history.width <= first:
        return Spread()
    data = buckets(history, behind - 1, linear=True)
    count = data.count[rows].sum()
    mean = float(data.total[rows].sum() / count) if count else np.nan
    if history.nans[rows].any():
        mean = np.nan
    elif history.infs[rows].any():
        mean = np.inf
    low, high = np.fmin.reduce(data.low[rows]), np.fmax.reduce(data.high[rows])
    return Spread(mean, float(low), float(high))


def _test(state: RunState, since: int, behind: int) -> Eval | None:
    """What was evaluated before an intervention belongs to the steps before it."""
    applied = {marker.step for marker in state.markers}
    for found in reversed(state.evals):
        time = found.step - 0.5 * (found.when == "before" and found.step in applied)
        if since <= time < behind:
            return found
    return None


def _layer(
    picture: Picture, layer: int, since: int, first: int, behind: int
) -> tuple[float, int | None]:
    """A layer's value, as its lane shows it, and where it is from."""
    history = picture.state.quantities[picture.view.quantity]
    rows = _rows(history, since, first, behind)
    if rows.start == rows.stop:
        return np.nan, None
    count = history.count[rows, layer]
    mean = np.where(count > 0, history.mean[rows, layer], 0)
    kinds = (kind[rows, layer] for kind in (history.zeros, history.infs, history.nans))
    sums = [np.atleast_1d(part.sum()) for part in (mean * count, count, *kinds)]
    values, (kind,) = combine(*sums, log=history.log)
    value = {ZERO: 0.0, INF: np.inf, VALUE: float(values[0])}.get(int(kind), np.nan)
    if history.log and kind == VALUE:
        value = float(10.0**value)
    begin = int(history.first[rows.start])
    return value, begin if begin < first else None
