"""Spans of rows reduced as numpy does it, to the bit, whatever their lengths are."""

from __future__ import annotations

import numpy as np
import pytest

from gradtui.core.reducing import reduceat

LAYERS = 200


@pytest.mark.parametrize("how", [np.add, np.fmin, np.fmax])
@pytest.mark.parametrize("seed", range(40))
def test_it_is_numpys_own_answer(how: np.ufunc, seed: int) -> None:
    r = np.random.default_rng(seed)
    count, width = int(r.integers(1, 300)), int(r.choice([1, 2, 3, 8, 9, 64, 500]))
    rows = (r.standard_normal((count, LAYERS)) * 10 ** r.uniform(-3, 3)).astype(np.float32)
    for value in (np.nan, np.inf, -np.inf) if seed % 3 == 0 else ():
        rows[r.random(rows.shape) < 0.01] = value
    starts = np.append(0, np.arange(int(r.integers(1, width + 1)), count, width))
    if seed % 4 == 0:  # interventions
        starts = np.union1d(starts, r.integers(0, count, 3))
    with np.errstate(invalid="ignore"):
        expected = how.reduceat(rows, starts, axis=0)
        found = reduceat(how, rows, starts)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


def test_counts_of_one_row_a_bucket_too() -> None:
    counts = np.arange(3000, dtype=np.int32)
    starts = np.arange(0, 3000, 2)
    np.testing.assert_array_equal(reduceat(np.add, counts, starts), np.add.reduceat(counts, starts))
