"""What mean-field theory says of a net, beside what was measured of it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gradtui.core.frozen import frozen
from gradtui.core.scale import slope


@frozen(kw_only=True)
class Prediction:
    """Of a net whose weights are random."""

    signal: NDArray[np.float64]
    """[L] Of the signal; anchored at the measured one of the logits."""
    limit: float
    """χ₁ at the fixed point of the variance, in a net of any depth; nan where there is none."""
    sigma_w: float
    """sqrt(fan-in * mean square) of the hidden weights as they are, and rms of the biases."""
    sigma_b: float


@frozen
class Comparison:
    """Slopes in decades per layer, and χ = 10^(-2 slope): one number said in two ways."""

    predicted_slope: float
    measured_slope: float
    predicted: float
    measured: float
    phase: str
    """ordered, critical or chaotic; "" where nothing is finite."""
    depth_scale: float
    """ξ in layers, of the χ that decides the phase."""


def compare(theory: Prediction, signal: NDArray[np.float64]) -> Comparison:
    """The prediction and the measured signal [L] of one step."""
    predicted, measured = slope(theory.signal), slope(signal)
    chi = chi_of(predicted) if math.isnan(theory.limit) else theory.limit
    return Comparison(
        predicted_slope=predicted,
        measured_slope=measured,
        predicted=chi_of(predicted),
        measured=chi_of(measured),
        phase=phase(chi, len(signal) - 1),
        depth_scale=depth_scale(chi),
    )


def chi_of(slope: float) -> float:
    """χ per layer, the factor on E[δ²] of one layer down, of a slope in decades per layer."""
    try:
        return math.pow(10.0, -2 * slope)
    except OverflowError:
        return math.inf


def depth_scale(chi: float) -> float:
    """ξ = 1 / |log χ|: layers over which the signal's power changes by e. inf at χ = 1."""
    if math.isnan(chi):
        return math.nan
    distance = abs(math.log(chi)) if chi > 0 else math.inf
    return 1 / distance if distance else math.inf


def phase(chi: float, depth: int) -> str:
    """ordered, critical or chaotic; critical where the depth scale is beyond the net's depth."""
    if math.isnan(chi):
        return ""
    if depth_scale(chi) > depth:
        return "critical"
    return "ordered" if chi < 1 else "chaotic"
