"""Histograms to draw, computed from formulas; no training involved."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gradtui.core.records import Applied, Histograms, Record
from gradtui.core.spread import Spread
from gradtui.core.state import RunState
from gradtui.tui.view import View
from tests.tui import scenes

Floats = NDArray[np.float64]
BINS = 64
SHAPES = ((64, 64),) * 15 + ((64, 10),)


def spread(density: Sequence[Floats], low: Floats, high: Floats) -> Spread:
    """4096 numbers a layer, in bins of these densities."""
    shares = np.array([row / max(row.sum(), 1e-300) for row in density])
    centre = low[:, None] + (np.arange(BINS) + 0.5) / BINS * (high - low)[:, None]
    mean = (shares * centre).sum(axis=1)
    std = np.sqrt((shares * (centre - mean[:, None]) ** 2).sum(axis=1))
    none = np.zeros(len(low), np.int64)
    return Spread(counts=np.round(4096 * shares).astype(np.uint32), low=low, high=high,
                  mean=mean, std=std, zeros=none, infs=none, nans=none)  # fmt: skip


def bell(layers: int, centre: Floats | float, width: float) -> Spread:
    """A normal density a layer, cut at three standard deviations."""
    middle = np.broadcast_to(np.asarray(centre, np.float64), layers).copy()
    x = np.linspace(-3, 3, BINS)
    return spread([np.exp(-(x**2) / 2)] * layers, middle - 3 * width, middle + 3 * width)


def ends_heavy(layers: int) -> Spread:
    """Outputs of a tanh that begins to saturate."""
    x = np.linspace(-1, 1, BINS)
    return spread([0.15 + np.abs(x) ** 5] * layers, np.full(layers, -1.0), np.ones(layers))


def vanished(step: int, layers: int) -> Histograms:
    """A sigmoid net whose gradients shrink towards the input."""
    gradients = np.log10(scenes.decay(layers, 4.7e-3, 0.63))
    return Histograms(step=step, weights=bell(layers, 0.0, 0.08 + 1e-4 * step),
                      gradients=bell(layers, gradients, 0.5),
                      activations=bell(layers, 0.5, 0.12))  # fmt: skip


def learning(step: int, layers: int) -> Histograms:
    """The same net with tanh, at an even gradient."""
    return Histograms(step=step, weights=bell(layers, 0.0, 0.11 + 1e-4 * (step - 300)),
                      gradients=bell(layers, -3.0 - 0.001 * (step - 300), 0.7),
                      activations=ends_heavy(layers))  # fmt: skip


def lost(spread: Spread, kind: str) -> Spread:
    """All numbers became nan, or 0."""
    layers = len(spread.low)
    all_of = np.full(layers, 4096)
    none = np.zeros(layers, np.int64)
    unknown = np.full(layers, np.nan)
    return Spread(counts=np.zeros_like(spread.counts), low=unknown, high=unknown, mean=unknown,
                  std=unknown, zeros=all_of if kind == "zero" else none, infs=none,
                  nans=all_of if kind == "nan" else none)  # fmt: skip


def with_histograms(scene: str, layers: int = 16) -> View:
    """A scene of the main screen, with histograms as its run would have sent them."""
    view = scenes.SCENES[scene](layers)
    state = view.state
    last = state.step or 0
    made: list[Record] = [vanished(step, layers) for step in range(0, min(last, 299) + 1, 10)]
    if scene in ("cured", "finished"):
        made.append(Applied(step=300, knob="activation", old="sigmoid", value="tanh"))
        made += [learning(step, layers) for step in range(300, last + 1, 10)]
    if scene == "not_finite":
        whole = vanished(0, layers)
        nan = lost(whole.weights, "nan")
        made = [whole, Histograms(step=1, weights=whole.weights, gradients=nan, activations=nan)]
    if scene == "dead":
        whole = vanished(299, layers)
        zero = lost(whole.gradients, "zero")
        made = [vanished(99, layers), Applied(step=100, knob="lr", old=0.01, value=0.2),
                Histograms(step=299, weights=whole.weights, gradients=zero,
                           activations=whole.activations)]  # fmt: skip
    _reduce_histograms(state, made)
    return view


def _reduce_histograms(state: RunState, records: list[Record]) -> None:
    """Of interventions only the mark: the scene has told them already."""
    for record in records:
        if isinstance(record, Applied):
            state.histograms.mark(record.step)
        elif isinstance(record, Histograms):
            state.histograms.append(record)
