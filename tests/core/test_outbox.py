"""The outbox: nothing lost where that is promised, bounded where it is not."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from gradtui.core.outbox import ARRAYS, Outbox, merge
from gradtui.core.records import Applied, End, Eval, Finding, Frame, Notice, Record, Sample, State

LAYERS = 3


def frame(first: int, steps: int = 4, *, probe: bool = True, branch: int = 0) -> Frame:
    at = np.arange(first, first + steps)
    rng = np.random.default_rng(first)
    arrays = {
        name: rng.random(steps if i < 3 else (steps, LAYERS)) for i, name in enumerate(ARRAYS)
    }
    if not probe:
        arrays = {name: array for name, array in arrays.items() if array.ndim == 1}
    return Frame(steps=at, seconds=0.5, probe_seconds=0.125, branch=branch, **arrays)  # type: ignore[arg-type]


def sample(step: int) -> Sample:
    row = np.ones(LAYERS)
    return Sample(step=step, signal=row, activation_mean=row, activation_std=row, dead=row,
                  saturated=row, zero=row > 2)  # fmt: skip


def covered(records: list[Record]) -> int:
    frames = [record for record in records if isinstance(record, Frame)]
    return sum(len(frame.steps) + frame.merged for frame in frames)


@pytest.mark.parametrize("sizes", [(1, 1), (1, 2), (2, 2), (4, 4), (64, 3), (1, 64)])
def test_merging_keeps_min_max_and_last(sizes: tuple[int, int]) -> None:
    one, two = frame(0, sizes[0]), frame(sizes[0], sizes[1])
    merged = merge(one, two)
    assert len(merged.steps) == min(sum(sizes), 3)
    assert merged.steps[-1] == two.steps[-1]
    assert (np.diff(merged.steps) > 0).all()
    assert len(merged.steps) + merged.merged == sum(sizes)
    assert (merged.seconds, merged.probe_seconds) == (1.0, 0.25)
    for name in ARRAYS:
        both = np.concatenate([getattr(one, name), getattr(two, name)])
        kept = getattr(merged, name)
        assert len(kept) == len(merged.steps)
        np.testing.assert_array_equal(kept.min(axis=0), both.min(axis=0))
        np.testing.assert_array_equal(kept.max(axis=0), both.max(axis=0))
        np.testing.assert_array_equal(kept[-1], both[-1])


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0])
def test_merging_hides_nothing_special(bad: float) -> None:
    one, two = frame(0, 8), frame(8, 8)
    assert one.grad_norm is not None
    one.grad_norm[2, 1] = bad
    merged = merge(merge(one, two), frame(16, 8)).grad_norm
    assert merged is not None
    assert any(np.array_equal(value, bad, equal_nan=True) for value in merged[:, 1])
    assert np.isfinite(merged[:, [0, 2]]).all()


def test_a_nan_hides_no_spike_and_a_spike_no_nan() -> None:
    one, two = frame(0, 4), frame(4, 4)
    one.loss[1:3] = np.nan, 1e9
    two.accuracy[0] = -1e9
    merged = merge(merge(one, two), frame(8, 4))
    assert np.isnan(merged.loss).sum() == 1
    assert np.nanmax(merged.loss) == 1e9
    assert merged.accuracy.min() == -1e9
    assert (len(merged.steps), merged.merged) == (4, 8)
    assert merged.loss[-1] == frame(8, 4).loss[-1]


def test_a_slow_reader_gets_the_whole_run_in_few_frames() -> None:
    outbox = Outbox(8)
    for i in range(500):
        outbox.put(frame(4 * i))
    records = outbox.drain()
    assert len(records) <= 8
    assert covered(records) == 2000
    steps = np.concatenate([r.steps for r in records if isinstance(r, Frame)])
    assert (np.diff(steps) > 0).all()
    assert steps[-1] == 1999


def test_frames_of_two_kinds_or_branches_are_never_mixed() -> None:
    outbox = Outbox(4)
    for i in range(20):
        outbox.put(frame(4 * i, branch=i // 10))
    for i in range(20, 30):
        outbox.put(frame(4 * i, branch=1, probe=False))
    records = outbox.drain()
    assert {(r.branch, r.steps[-1] < 80) for r in records if isinstance(r, Frame)} == {
        (0, True), (1, True), (1, False),
    }  # fmt: skip
    assert covered(records) == 120


def test_what_is_no_frame_and_no_sample_is_always_kept() -> None:
    outbox = Outbox(8)
    kept: list[Record] = []
    for i in range(100):
        outbox.put(frame(4 * i))
        kept += [
            Applied(step=i, knob="lr", old=1, value=2),
            Eval(step=i, when="before", loss=1, accuracy=0),
            Notice(text="x"),
            State(word="paused"),
            Finding(name="x", step=i, first=0, last=None, layers=(), evidence=()),
        ]
        for record in kept[-5:]:
            outbox.put(record)
    kept.append(End(steps=3, accuracy=0, state="finished"))
    outbox.put(kept[-1])
    records = outbox.drain()
    assert [r for r in records if not isinstance(r, Frame)] == kept
    assert covered(records) == 400


def test_samples_between_frames_do_not_let_it_grow() -> None:
    """The lab's own pattern: a sample every ten steps, a frame every few samples."""
    outbox = Outbox(16)
    outbox.put(Applied(step=0, knob="lr", old=1, value=2))
    for i in range(600):
        outbox.put(sample(4 * i))
        if i % 3 == 2:
            outbox.put(frame(4 * (i - 2), 12))
        if i == 300:
            outbox.put(Applied(step=1212, knob="lr", old=1, value=2))
    records = outbox.drain()
    assert len(records) <= 16
    assert covered(records) == 2400
    samples = [r.step for r in records if isinstance(r, Sample)]
    assert samples[-1] == 2396
    assert samples == sorted(samples)
    cut = next(i for i, r in enumerate(records) if isinstance(r, Applied) and r.step)
    assert all(r.step <= 1200 for r in records[:cut] if isinstance(r, Sample))
    assert any(isinstance(r, Sample) for r in records[:cut])  # the state before it stays known


def fill(outbox: Outbox) -> None:
    for i in range(50):
        outbox.put(frame(4 * i))


def test_a_lossless_one_waits_for_its_reader() -> None:
    outbox = Outbox(4, lossless=True)
    thread = threading.Thread(target=fill, args=(outbox,))
    thread.start()
    records: list[Record] = []
    while covered(records) < 200:
        taken = outbox.drain()
        assert len(taken) <= 4
        records += taken
    thread.join()
    np.testing.assert_array_equal(
        np.concatenate([r.steps for r in records if isinstance(r, Frame)]), np.arange(200)
    )
    assert all(r.merged == 0 for r in records if isinstance(r, Frame))


def test_closing_lets_a_waiting_thread_go() -> None:
    outbox = Outbox(2, lossless=True)
    thread = threading.Thread(target=fill, args=(outbox,))
    thread.start()
    outbox.closed.set()
    thread.join(timeout=30)
    assert not thread.is_alive()
    assert len(outbox.drain()) <= 2
    outbox.put(frame(0))
    assert outbox.drain() == []
