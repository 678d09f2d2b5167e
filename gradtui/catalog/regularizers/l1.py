"""The lasso penalty: pulls every weight to zero at the same pace."""

from __future__ import annotations

from gradtui.core.entries import Regularizer, Tensor


def penalty(weights: Tensor, strength: float) -> Tensor:
    return strength * weights.abs().sum()


def add_gradient(weights: Tensor, gradient: Tensor, strength: float) -> None:
    gradient.add_(weights.sign(), alpha=strength)


entry = Regularizer(
    name="l1",
    formula="s Σ|w|",
    source="Tibshirani 1996",
    strength=1e-4,
    derivative="s · sign(θ)",
    penalty=penalty,
    add_gradient=add_gradient,
)
