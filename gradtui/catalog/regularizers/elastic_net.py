"""Half of l1 and half of l2: sparse, and stable where inputs are correlated."""

from __future__ import annotations

from gradtui.core.entries import Regularizer, Tensor


def penalty(weights: Tensor, strength: float) -> Tensor:
    return 0.5 * strength * weights.abs().sum() + 0.25 * strength * weights.dot(weights)


def add_gradient(weights: Tensor, gradient: Tensor, strength: float) -> None:
    gradient.add_(weights.sign(), alpha=0.5 * strength)
    gradient.add_(weights, alpha=0.5 * strength)


entry = Regularizer(
    name="elastic_net",
    formula="s/2 Σ|w| + s/4 Σ w²",
    source="Zou, Hastie 2005",
    strength=1e-3,
    derivative="s/2 · (sign(θ) + θ)",
    penalty=penalty,
    add_gradient=add_gradient,
)
