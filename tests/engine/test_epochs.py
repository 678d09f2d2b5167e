"""The screen's count of epochs against the engine's batches."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradtui.core.epochs import Epochs
from gradtui.engine.batches import Batches


@given(st.integers(1, 60), st.lists(st.tuples(st.integers(1, 70), st.integers(0, 40)), max_size=6))
def test_epochs_are_those_of_the_batches_also_when_their_size_changes(
    rows: int, sizes: list[tuple[int, int]]
) -> None:
    data = torch.zeros(rows, 1)
    batches = Batches(data, data, 8, np.random.default_rng(0))
    epochs, steps, whole = Epochs.begin(rows, 8), 0, 0
    for size, count in sizes:
        batches.resize(size)
        epochs = epochs.resized(steps, size)
        for _ in range(count):
            batches.next()
            steps, whole = steps + 1, whole + batches.at_end
            seen = 0 if batches.at_end else batches.position
            assert epochs.after(steps) == pytest.approx(whole + seen / rows)
