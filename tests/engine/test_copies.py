"""States that have numbers in common take their memory once, and stay what they were."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gradtui.engine.checkpoint import snapshot
from gradtui.engine.copies import PIECE, Copies, same
from gradtui.engine.shelf import sizes
from gradtui.engine.undo import NEAR
from tests.engine.nets import advance, held, small_trainer


def test_what_no_step_has_changed_is_copied_once() -> None:
    trainer = small_trainer("momentum=0.9", steps=1000)
    advance(trainer, 5)
    before = snapshot(trainer.training)
    for rate in (0.1, 0.2, 0.3):
        trainer.training.apply("lr", rate)
    after = snapshot(trainer.training)
    assert held(before, after) == held(before)
    pasts = [past.before for past in trainer.training.undos._past]
    assert held(before, *pasts, after) == held(before)


def test_zeros_are_one_array_for_all() -> None:
    copies, zeros = Copies(), torch.zeros(3, 5)
    assert copies.of("first", zeros) is copies.of("second", zeros.clone())
    assert copies.of("first", zeros[1:]).shape == (2, 5)
    np.testing.assert_array_equal(copies.of("first", zeros), zeros.numpy())


def test_what_a_step_has_changed_is_a_copy_of_its_own() -> None:
    trainer = small_trainer("momentum=0.9", steps=1000)
    advance(trainer, 5)
    before = snapshot(trainer.training)
    kept = {name: array.copy() for name, array in before.arrays.items()}
    advance(trainer, 1)
    after = snapshot(trainer.training)
    assert after.arrays["parameters"] is not before.arrays["parameters"]
    for name, array in before.arrays.items():
        np.testing.assert_array_equal(array, kept[name])
    parameters = trainer.training.net.parameters.flat.detach().numpy()
    np.testing.assert_array_equal(after.arrays["parameters"], parameters)


def test_a_copy_that_nobody_holds_is_gone_and_none_can_be_changed() -> None:
    copies, tensor = Copies(), torch.ones(10)
    copy = copies.of("a", tensor)
    assert copies.of("a", tensor) is copy
    with pytest.raises(ValueError, match="read-only"):
        copy[0] = 2
    del copy
    assert not copies._newest


@pytest.mark.parametrize("at", [0, 1, PIECE // 4, PIECE // 2 - 1])
def test_one_bit_makes_a_difference(at: int) -> None:
    tensor = torch.zeros(PIECE // 2)
    tensor[5], tensor[7] = torch.nan, 1.0
    copies = Copies()
    first = copies.of("a", tensor)
    assert copies.of("a", tensor.clone()) is first  # nan is nan here
    tensor[at] = -0.0
    second = copies.of("a", tensor)
    assert second is not first
    assert np.signbit(second[at])
    assert not np.signbit(first[at])
    assert not same(first, first.astype(np.float64))


def test_more_states_fit_where_they_have_much_in_common() -> None:
    trainer = small_trainer("momentum=0.9", steps=1000)
    advance(trainer, 5)
    for _ in range(60):
        trainer.training.apply("lr", 0.1)
    undos = trainer.training.undos
    assert len(undos.numbers) == 60
    held, away = sizes(undos._states())
    assert held < NEAR
    assert not away
