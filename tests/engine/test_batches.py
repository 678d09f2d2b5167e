"""Batches are slices of one permutation an epoch, however many were cut ahead."""

from __future__ import annotations

import copy

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradtui.engine.batches import AHEAD, Batches

Rows = list[int]


def generator() -> np.random.Generator:
    return np.random.default_rng(7)


def made(rows: int, size: int | str) -> Batches:
    numbers = torch.arange(rows)
    return Batches(numbers[:, None].float(), numbers, size, generator())


def next_of(batches: Batches) -> Rows:
    x, y = batches.next()
    rows: Rows = y.tolist()
    assert x.flatten().tolist() == rows
    return rows


@given(
    rows=st.integers(1, 300),
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=4),
    taken=st.integers(1, AHEAD + 20),
)
def test_the_slices_of_one_permutation_an_epoch(rows: int, sizes: list[int], taken: int) -> None:
    batches, drawn = made(rows, sizes[0]), generator()
    left: Rows = drawn.permutation(rows).tolist()
    for size in sizes:
        batches.resize(size)
        for _ in range(taken):
            left = left or drawn.permutation(rows).tolist()
            expected, left = left[:size], left[size:]
            assert next_of(batches) == expected
            assert batches.at_end == (not left)


def test_a_copy_takes_what_comes_next_and_takes_it_from_nobody() -> None:
    batches = made(10, 2)
    next_of(batches)
    ahead = copy.copy(batches)
    assert next_of(ahead) == next_of(batches)
    next_of(ahead)
    assert next_of(batches) != next_of(ahead)


def test_where_an_epoch_was_left_it_goes_on() -> None:
    left, again = made(20, 3), made(20, 5)
    for _ in range(2):
        next_of(left)
    next_of(again)  # what it had cut ahead is not given out any more
    again.restore(left.order, size=left.size, start=left.start, position=left.position)
    assert next_of(again) == next_of(left)
    assert (again.start, again.position) == (left.start, left.position) == (6, 9)


def test_the_whole_set_is_a_batch() -> None:
    batches = made(70, "full")
    assert sorted(next_of(batches)) == list(range(70))
    assert batches.at_end
