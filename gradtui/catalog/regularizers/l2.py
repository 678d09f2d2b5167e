"""The ridge penalty: pulls a weight to zero in proportion to its size."""

from __future__ import annotations

from gradtui.core.entries import Regularizer, Tensor


def penalty(weights: Tensor, strength: float) -> Tensor:
    return 0.5 * strength * weights.dot(weights)


def add_gradient(weights: Tensor, gradient: Tensor, strength: float) -> None:
    gradient.add_(weights, alpha=strength)


entry = Regularizer(
    name="l2",
    formula="s/2 Σ w²",
    source="Hoerl, Kennard 1970; Krogh, Hertz 1992",
    strength=1e-3,
    derivative="s · θ",
    penalty=penalty,
    add_gradient=add_gradient,
)
