"""The Gaussian integrals against closed forms and an independent quadrature; published points."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from gradtui.core.meanfield import Moments, RandomNet, fixed_point, normal_rule, profile
from gradtui.core.prediction import Prediction, chi_of, compare, depth_scale, phase
from gradtui.core.records import Floats

Function = Callable[[Floats], tuple[Floats, Floats]]


def tanh(u: Floats) -> tuple[Floats, Floats]:
    a = np.tanh(u)
    return a, 1 - a**2


def relu(u: Floats) -> tuple[Floats, Floats]:
    return np.maximum(u, 0), (u > 0).astype(float)


def selu(u: Floats) -> tuple[Floats, Floats]:
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    low = alpha * np.exp(np.minimum(u, 0))
    return scale * np.where(u > 0, u, low - alpha), scale * np.where(u > 0, 1.0, low)


TABLES: dict[Function, Moments] = {f: Moments.of(f) for f in (tanh, relu, selu)}


def net(sigma_w: float, sigma_b: float = 0.0, depth: int = 30, **changes: object) -> RandomNet:
    """Given by variances."""
    powers = np.full(depth, sigma_w), np.full(depth, sigma_b)
    return RandomNet(*powers, 1.0, np.ones(1), **changes)  # type: ignore[arg-type]


def integral(f: Function, q: float) -> tuple[float, float, float]:
    """E[f], E[f^2], E[f'^2] by the trapezoidal rule."""
    z = np.linspace(-12, 12, 1_200_001)
    weight = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    a, slope = f(math.sqrt(q) * z)
    mean, power, squares = (np.trapezoid(g * weight, z) for g in (a, a**2, slope**2))
    return float(mean), float(power), float(squares)


def test_the_rule_integrates_what_is_known() -> None:
    z, weights = normal_rule()
    moments = [float(weights @ z**k) for k in range(9)]
    assert moments == pytest.approx([1, 0, 1, 0, 3, 0, 15, 0, 105], abs=1e-9)


@pytest.mark.parametrize("q", [1e-6, 0.03, 1.0, 7.3, 400.0])
@pytest.mark.parametrize("f", TABLES, ids=lambda f: f.__name__)
def test_moments_are_the_integrals(f: Function, q: float) -> None:
    table, at = TABLES[f], np.array([q])
    found = [float(moment(at)[0]) for moment in (table.mean, table.power, table.slope)]
    assert found == pytest.approx(integral(f, q), rel=2e-4, abs=1e-9)


@pytest.mark.parametrize(
    ("sigma_w", "sigma_b", "chi"),
    [(1.0, 0.0, 1.0), (1.76, 0.05, 1.0), (1.05, 2.01e-5, 1.0), (0.25, 0.0, 0.25)],
)
def test_tanh_is_critical_where_the_papers_say(sigma_w: float, sigma_b: float, chi: float) -> None:
    """Schoenholz et al. 2017; Xiao et al. 2018."""
    assert fixed_point(net(sigma_w, sigma_b), TABLES[tanh]) == pytest.approx(chi, rel=5e-3)


def test_the_fixed_point_is_where_the_map_settles() -> None:
    q = 1.0
    for _ in range(30):
        q = 6.25 * integral(tanh, q)[1] + 0.3
    expected = 6.25 * integral(tanh, q)[2]
    found = fixed_point(net(6.25, 0.3), TABLES[tanh])
    assert found == pytest.approx(expected, rel=1e-4)


def test_self_normalising_nets_keep_a_variance_of_one() -> None:
    """Klambauer et al. 2017."""
    assert TABLES[selu].power(np.ones(1)) == pytest.approx(1.0, rel=1e-4)


@pytest.mark.parametrize("sigma_w", [0.25, 2.0, 9.0])
def test_relu_multiplies_by_half_the_variance(sigma_w: float) -> None:
    """He et al. 2015."""
    power = profile(net(sigma_w), TABLES[relu]) ** 2
    assert power[:-2] / power[1:-1] == pytest.approx(np.full(29, sigma_w / 2), rel=1e-6)


def test_a_residual_adds_one_to_chi() -> None:
    power = profile(net(2.0, residual=True), TABLES[relu]) ** 2
    assert power[1:-2] / power[2:-1] == pytest.approx(np.full(28, 2.0), rel=1e-6)


def test_under_layer_norm_the_scale_of_the_weights_means_nothing() -> None:
    small, large = (profile(net(s, layer_norm=True), TABLES[tanh]) for s in (0.1, 10.0))
    assert small[1:-2] / small[2:-1] == pytest.approx(large[1:-2] / large[2:-1])


def test_phases() -> None:
    assert [phase(chi, 30) for chi in (0.5, 0.98, 1.0, 1.02, 1.5, math.nan)] == [
        "ordered", "critical", "critical", "critical", "chaotic", "",
    ]  # fmt: skip
    assert depth_scale(1.0) == math.inf
    assert chi_of(-200.0) == math.inf
    assert depth_scale(math.exp(-1 / 6)) == pytest.approx(6)
    assert depth_scale(0.0) == 0


def test_a_comparison_says_slope_and_chi() -> None:
    signal = np.logspace(-5, 0, 6)
    theory = Prediction(signal=signal**2, limit=math.nan, sigma_w=1.0, sigma_b=0.0)
    found = compare(theory, signal)
    assert (found.predicted_slope, found.measured_slope) == pytest.approx((2, 1))
    assert (found.predicted, found.measured) == pytest.approx((1e-4, 1e-2))
    assert found.phase == "ordered"
