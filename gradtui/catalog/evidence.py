"""What the rules and the verdicts measure on a run state: ratios over depth, never a size.

Arrays are [L], from the input to the output. With no sample yet, every question has the
answer no (False, nan).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gradtui import catalog
from gradtui.core.records import Finding, Floats, Sample, Value
from gradtui.core.scale import log10, slope
from gradtui.core.state import RunState

Mask = NDArray[np.bool_]
Prescriptions = tuple[tuple[str, Value], ...]

WIDTH = 40
"""Cells of a line of evidence."""
MILD = 2.0
"""Decades from the output layer within which a layer is healthy."""
SEVERE = 4.0
"""Decades from the output layer beyond which a layer vanishes or explodes."""
FULL = 0.9
"""Share of outputs at a flat end from which a layer is saturated."""
SLACK = 0.5
"""Decades by which a finding that holds must improve before it ends, so that it cannot flap."""
MUTE = 1.2e-38 * 10**SEVERE
"""An output signal up to here says nothing: what healthy layers pass on would round to 0 in
float32 (smallest normal 1.2e-38). Nothing is wrong with a net whose loss is all but 0."""


def samples(state: RunState) -> list[Sample]:
    """The newest samples since the last intervention; before the first, the one from before."""
    newest = state.recent or [s for s in (state.sample,) if s is not None]
    return [s for s in newest if len(s.signal) == len(state.info.layers)]


def framed(state: RunState) -> bool:
    """Whether the frame with the newest sample's step is there; it comes up to 50 ms later."""
    step = state.step
    return step is not None and (state.sample is None or state.sample.step <= step)


def decades(state: RunState) -> Floats:
    """log10(signal / signal of the output layer), the median over the newest samples.

    The median lets one sample name what is wrong at step 0, and lets no single noisy one of
    five change a word. nan where the signal is 0 or not finite, or the output layer's is mute.
    """
    newest = samples(state)

    def found() -> Floats:
        signals = [s.signal for s in newest if s.signal[-1] > MUTE]
        if not signals:
            return np.full(len(state.info.layers), np.nan)
        rows = log10(np.array(signals)).astype(np.float64)
        with np.errstate(invalid="ignore"):
            return _median(rows - rows[:, -1:])

    return state.answers.once("decades", newest, found)


def saturation(state: RunState) -> Floats:
    """Share of outputs at the flat ends, the median over the newest samples; else nan."""
    rows = [s.saturated for s in samples(state)]
    nowhere = np.full(len(state.info.layers), np.nan)
    return state.answers.once(
        "saturated", rows, lambda: _median(np.array(rows)) if rows else nowhere
    )


def _median(rows: Floats) -> Floats:
    """Median of the finite values of each column; nan where there is none."""
    finite = np.isfinite(rows)
    if finite.all():
        middle = np.sort(rows, axis=0)[(len(rows) - 1) // 2 : len(rows) // 2 + 1]
        mean: Floats = (middle[0] + middle[-1]) / 2
        return mean
    count = finite.sum(axis=0)
    ordered = np.sort(np.where(finite, rows, np.inf), axis=0)
    column = np.arange(rows.shape[1])
    low, high = ordered[np.maximum(count - 1, 0) // 2, column], ordered[count // 2, column]
    return np.where(count > 0, (low + high) / 2, np.nan)


def not_finite(state: RunState) -> Mask:
    """Where a gradient, a weight or an output is nan or inf, by the newest word on each.

    No such thing: an update ratio of inf (a weight was 0), outputs all nan (nobody measured them).
    """
    newest = samples(state)[-1:]
    outputs = [s.activation_mean for s in newest]
    values = [s.signal for s in newest]
    values += [state.now[name] for name in ("grad_norm", "weight_norm") if name in state.now]
    ratio = state.now.get("update_ratio")

    def found() -> Mask:
        bad = np.zeros(len(state.info.layers), bool)
        for value in (*values, *(each for each in outputs if not np.isnan(each).all())):
            bad |= ~np.isfinite(value)
        return bad if ratio is None else bad | np.isnan(ratio)

    return state.answers.once("not finite", [*values, *outputs, ratio], found)


def dead(state: RunState) -> Mask:
    """Where every unit is off for the whole batch and no signal comes back.

    Both are needed: a layer that starts at zero gives 0 but learns, and so does a leaky one.
    The logits are never dead: a zero output layer is how softmax regression starts.
    """
    newest = samples(state)[-1:]
    if not newest:
        return np.zeros(len(state.info.layers), bool)
    off = newest[0].zero | (newest[0].dead == 1)
    off[-1] = False
    mask: Mask = off & (newest[0].signal == 0)
    return mask


def silent(state: RunState) -> Mask:
    """Where the signal is exactly 0 though the output layer's is not mute.

    A residual block whose gate is still 0 has none yet, and is well: its gate learns first.
    """
    newest = samples(state)[-1:]
    if not newest or not newest[0].signal[-1] > MUTE:
        return np.zeros(len(state.info.layers), bool)
    mask: Mask = newest[0].signal == 0
    if state.knobs.get("residual") == "rezero":
        mask[1:-1] = False
    return mask


def holds(state: RunState, name: str) -> Finding | None:
    """The finding of this name while it holds."""
    found = state.findings.get(name)
    return found if found is not None and found.last is None else None


def beyond(state: RunState, name: str, distance: Floats) -> Mask:
    """Where `distance` (decades) is severe; with `SLACK` if the finding already holds."""
    severe: Mask = distance > SEVERE
    if not severe.any() and holds(state, name):
        severe = distance > SEVERE - SLACK
    return severe


def finding(
    state: RunState,
    name: str,
    where: Mask,
    evidence: list[str],
    prescriptions: list[tuple[str, Value]],
) -> Finding:
    """A finding that opens now; the doctor knows since when it holds."""
    step = samples(state)[-1].step if samples(state) else state.step or 0
    return Finding(
        run=state.info.run,
        branch=state.branch,
        name=name,
        step=step,
        first=step,
        last=None,
        layers=tuple(np.array(state.info.layers)[where].tolist()),
        evidence=tuple(evidence[:4]),
        prescriptions=news(state, prescriptions),
    )


def news(state: RunState, prescriptions: list[tuple[str, Value]]) -> Prescriptions:
    """Those that would change something, and that this source can change.

    Rescaling acts each time. So does `init`, which draws new weights; but where the weights are
    not ruined, drawing them the same way again is no cure.
    """
    again = {"rescale", "shift_bias"} | ({"init"} if ruined(state) else set())
    return tuple(
        (knob, value)
        for knob, value in prescriptions
        if knob not in state.info.locked and (knob in again or state.knobs.get(knob) != value)
    )


def ruined(state: RunState) -> bool:
    """Whether the weights themselves are lost to nan or to dead layers."""
    return bool(not_finite(state).any() or dead(state).any())


def passed_on(state: RunState) -> float:
    """Factor by which the signal changes from one hidden layer to the one nearer the input."""
    return 10 ** -slope(samples(state)[-1].signal)


def fitting_init(state: RunState) -> str:
    """The initialisation that keeps the signal's size through this activation."""
    name = str(state.knobs.get("activation"))
    if name in ("identity", "selu"):
        return "lecun"
    return "xavier" if flat_ends(state) else "he"


def flat_ends(state: RunState) -> bool:
    """Whether the activation is bounded, so that it saturates."""
    name = str(state.knobs.get("activation"))
    return name in catalog.names("activations") and catalog.activation(name).saturated is not None
