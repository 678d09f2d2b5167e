"""The history against a list of all values: bounded, and no spike is ever lost."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradtui.core.history import History

VALUES = st.one_of(
    st.floats(1e-44, 1e38), st.sampled_from([0.0, math.inf, math.nan, 1e-44, 1e38, 1.0])
)


@st.composite
def stories(draw: st.DrawFn) -> tuple[int, list[tuple[int, list[float]]], list[int]]:
    """(capacity, chunks of steps and values, first steps of segments); steps may have gaps."""
    capacity = draw(st.integers(8, 40))
    chunks: list[tuple[int, list[float]]] = []
    step, marks = 0, list[int]()
    for _ in range(draw(st.integers(1, 14))):
        step += draw(st.sampled_from([0, 0, 1, 13]))
        if draw(st.booleans()) and len(marks) < 3:
            marks.append(step)
        chunk = draw(st.lists(VALUES, min_size=1, max_size=40))
        chunks.append((step, chunk))
        step += len(chunk)
    return capacity, chunks, marks


def same(one: np.ndarray | float, two: np.ndarray | float) -> bool:
    return bool(np.array_equal(np.float32(one), np.float32(two), equal_nan=True))


@settings(max_examples=150, deadline=None)
@given(stories(), st.booleans())
def test_every_bucket_is_what_its_steps_say(
    story: tuple[int, list[tuple[int, list[float]]], list[int]], log: bool
) -> None:
    capacity, chunks, marks = story
    history = History(2, log=log, capacity=capacity)
    steps: list[int] = []
    values: list[float] = []
    left = list(marks)
    for start, drawn in chunks:
        # Linear ones are shares in the run state.
        chunk = [v % 1 if math.isfinite(v) and not log else v for v in drawn]
        if left and left[0] == start:
            history.mark(left.pop(0))
        at = range(start, start + len(chunk))
        history.append(list(at), np.stack([chunk, chunk[::-1]], axis=1))
        steps += at
        values += chunk
    with np.errstate(divide="ignore", over="ignore"):
        told = np.log10(values) if log else np.array(values)
        told = told.astype(np.float32)
    check(history, np.array(steps), told, sorted({0, *marks}), capacity)


def check(
    history: History, steps: np.ndarray, told: np.ndarray, segments: list[int], capacity: int
) -> None:
    assert history.total == len(steps)
    assert 1 <= history.size <= capacity
    first = history.first
    assert (np.diff(first) > 0).all()
    assert first[0] == steps[0]
    owner = np.searchsorted(first, steps, side="right") - 1
    for i in range(history.size):
        mine = told[owner == i]
        finite = mine[np.isfinite(mine)]
        assert history.count[i, 0] == len(finite)
        assert history.nans[i, 0] == np.isnan(mine).sum()
        assert history.infs[i, 0] == np.isposinf(mine).sum()
        assert history.zeros[i, 0] == np.isneginf(mine).sum()
        # A nan hides no spike: min and max are of what can be compared.
        assert same(history.low[i, 0], np.fmin.reduce(mine))
        assert same(history.high[i, 0], np.fmax.reduce(mine))
        assert same(history.last[i, 0], mine[-1])
        mean = np.mean(finite.astype(np.float64)) if len(finite) else np.nan
        size = float(np.abs(finite).max()) if len(finite) else 1
        assert history.mean[i, 0] == pytest.approx(
            mean, rel=1e-4, abs=1e-5 * size + 1e-37, nan_ok=True
        )
        inside = np.searchsorted(segments, steps[owner == i], side="right") - 1
        assert len(set(inside)) == 1  # at most 4 segments, at least 8 buckets: there is room
        assert history.segment[i] == inside[0]
    finite = told[np.isfinite(told)]
    if len(finite):
        assert same(history.range[0], finite.min())
        assert same(history.range[1], finite.max())


@pytest.mark.parametrize("layers", [1, 16, 1000])
def test_memory_is_bounded_and_half_of_it_is_always_used(layers: int) -> None:
    history = History(layers, capacity=512)
    for start in range(0, 40_000, 1000):
        history.append(np.arange(start, start + 1000), np.ones((1000, layers)))
    assert 256 <= history.size <= 512
    assert history.width == 128


def test_one_spike_in_a_hundred_thousand_steps_is_seen() -> None:
    values = np.ones((100_000, 1))
    values[73_211] = 1e30
    history = History(1)
    history.append(np.arange(100_000), values)
    assert history.high.max() == 30
    at = int(np.argmax(history.high[:, 0]))
    assert history.first[at] <= 73_211 < history.first[at + 1]


def test_a_thousand_interventions_do_not_break_it() -> None:
    """More segments than buckets: the oldest become one, the newest stay apart."""
    history = History(1, capacity=16)
    for step in range(1000):
        history.mark(step)
        history.append([step], [float(step + 1)])
    assert history.size <= 16
    assert history.last[-1, 0] == np.float32(3)
    assert history.count.sum() == 1000
    assert history.low.min() == 0
    assert history.segment[-1] == 999


def test_nothing_yet_and_no_layer() -> None:
    history = History(3)
    history.append([], np.empty((0, 3)))
    assert history.size == 0
    assert history.mean.shape == (0, 3)
