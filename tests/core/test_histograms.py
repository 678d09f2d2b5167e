"""The snapshots of a run: few enough, evenly spread, none mixed, the last before a mark kept."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gradtui.core.histograms import HistogramHistory
from gradtui.core.records import Applied, Histograms
from gradtui.core.spread import Spread
from gradtui.core.state import RunState
from tests.core.test_state import info

BINS = 8


def spread(step: int, layers: int = 3, nans: int = 0) -> Spread:
    """Counts and ends that tell the step and the layer."""
    counts = np.zeros((layers, BINS), np.uint32)
    counts[:, step % BINS] = 1000
    counts[:, (step + 1) % BINS] = 1
    row = np.arange(layers, dtype=np.float64)
    none = np.zeros(layers, np.int64)
    return Spread(counts=counts, low=row + step, high=row + step + 0.5, mean=row, std=row,
                  zeros=none, infs=none, nans=none + nans)  # fmt: skip


def histograms(step: int, layers: int = 3, nans: int = 0) -> Histograms:
    whole = spread(step, layers)
    return Histograms(step=step, weights=whole, gradients=spread(step, layers, nans),
                      activations=whole)  # fmt: skip


def test_a_strip_holds_what_was_put_in() -> None:
    history = HistogramHistory(3)
    for step in (0, 4, 9):
        history.append(histograms(step))
    strip = history.strip("gradients", 2)
    assert strip.steps.tolist() == [0, 4, 9]
    assert strip.low.tolist() == [2, 6, 11]
    assert strip.high.tolist() == [2.5, 6.5, 11.5]
    assert strip.shares.argmax(axis=1).tolist() == [0, 4, 1]
    assert strip.shares.max(axis=1).tolist() == [1, 1, 1]
    tails = strip.shares[[0, 1, 2], [1, 5, 2]]
    assert (tails > 0).all()
    np.testing.assert_allclose(tails, 1e-3, atol=3e-4)


def test_an_empty_history_gives_an_empty_strip() -> None:
    strip = HistogramHistory(3).strip("weights", 1)
    assert len(strip.steps) == len(strip.low) == len(strip.high) == len(strip.shares) == 0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=300),
    st.sets(st.integers(1, 2000), max_size=30),
    st.integers(2, 20),
)
def test_bounded_even_and_the_ghosts_are_kept(
    gaps: list[int], marks: set[int], capacity: int
) -> None:
    history = HistogramHistory(1, capacity=capacity)
    steps = np.cumsum(gaps).tolist()
    waiting = sorted(marks)
    for step in steps:
        while waiting and waiting[0] <= step:
            history.mark(waiting.pop(0))
        history.append(histograms(step, 1))
    kept = history.strip("weights", 0)
    assert len(history) == len(kept.steps) <= capacity
    assert kept.steps[-1] == steps[-1]
    assert (kept.low == kept.steps).all(), "a snapshot is never mixed"
    segments = np.searchsorted(history.segments, steps, side="right")
    last_of_each = dict(zip(segments.tolist(), steps, strict=True))
    if len(kept.steps) > len(last_of_each) and len(last_of_each) < capacity // 2:
        assert set(last_of_each.values()) <= set(kept.steps.tolist())


def test_the_newest_half_of_too_many_segments_stays() -> None:
    history = HistogramHistory(1, capacity=4)
    for step in range(20):
        history.mark(step)
        history.append(histograms(step, 1))
    steps = history.strip("weights", 0).steps
    assert len(steps) <= 4
    assert steps[-1] == 19


def test_the_ghost_is_the_last_before_an_intervention() -> None:
    state = RunState(info())
    one, two, three = (histograms(step) for step in (3, 8, 12))
    lr = Applied(step=9, knob="lr", old=0.1, value=0.3)
    state.reduce([one, two])
    assert state.histograms.ghost is None
    state.reduce([lr, lr, three])
    assert state.histograms.ghost is two
    assert state.histograms.newest is three
    assert state.histograms.segments == [0, 9]


def test_the_ghost_is_the_last_finite_one() -> None:
    state = RunState(info())
    whole, lost, later = histograms(3), histograms(5, nans=2), histograms(7, nans=3)
    state.reduce([whole, lost, later, Applied(step=8, knob="lr", old=0.1, value=0.3)])
    assert state.histograms.ghost is whole


def test_a_thousand_layers_take_less_than_20_megabytes() -> None:
    layers, bins = 1000, 64
    history = HistogramHistory(layers)
    counts = np.ones((layers, bins), np.uint32)
    row = np.zeros(layers)
    whole = Spread(counts=counts, low=row, high=row, mean=row, std=row,
                   zeros=row.astype(int), infs=row.astype(int), nans=row.astype(int))  # fmt: skip
    for step in range(3 * history.capacity):
        history.append(Histograms(step=step, weights=whole, gradients=whole, activations=whole))
    one = history._kept[0]
    assert len(history) * (one.heights.nbytes + one.ends.nbytes) < 20e6
