"""No penalty: after each step, the weights into a unit are shortened to norm s."""

from __future__ import annotations

from gradtui.core.entries import Regularizer, Tensor


def project(weights: list[Tensor], strength: float) -> None:
    for matrix in weights:
        matrix.renorm_(2, 1, strength)


entry = Regularizer(
    name="max_norm",
    formula="‖w into a unit‖ ≤ s",
    source="Srebro, Shraibman 2005; Srivastava et al. 2014",
    strength=3.0,
    project=project,
)
