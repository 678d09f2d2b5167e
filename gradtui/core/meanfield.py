"""The mean-field theory of signal propagation: how a random net carries its gradient.

In a wide net the pre-activations of layer l are Gaussian of variance q, and two maps tell all:

    forward    q_l = σ_w² E[f(√q_{l-1} z)²] + σ_b²,    z ~ N(0, 1)
    backward   E[δ_l²] = χ_l E[δ_{l+1}²],    χ_l = σ_w² E[f'(√q_l z)²]

Poole et al. 2016; Schoenholz et al. 2017 (dropout: their section 5); Yang, Schoenholz 2017 for
residual blocks. Under layer norm f sees z / √q.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from gradtui.core.frozen import frozen
from gradtui.core.records import Floats

PER_DECADE = 64
"""Variances per decade at which a map is tabulated: linear between them errs by some 1e-5."""
DECADES = 24
"""The table goes from 1e-24 to 1e24; beyond, f is taken for linear."""


def normal_rule() -> tuple[Floats, Floats]:
    """Nodes and weights [n] of E[g(z)], z ~ N(0, 1), for any g that is smooth on either side of 0.

    Gauss-Legendre on panels that halve towards 0, where rectifiers have their kink and tanh(√q z)
    its only bend; Gauss-Hermite converges like 1/n at the one and misses the other for large q.
    """
    x, w = np.polynomial.legendre.leggauss(8)
    edges = np.concatenate([[0.0], 2.0 ** np.arange(-14, 2), np.arange(3.0, 10.0)])
    half = np.diff(edges)[:, None] / 2
    z = (edges[:-1, None] + half * (x + 1)).ravel()
    weights = (half * w).ravel() * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return np.concatenate([-z[::-1], z]), np.concatenate([weights[::-1], weights])


@frozen
class Moments:
    """Gaussian moments of an activation f at u ~ N(0, q), tabulated over log q."""

    log_q: Floats
    mean_ratio: Floats
    """E[f(u)] / √q."""
    log_power_ratio: Floats
    """log of E[f(u)²] / q."""
    log_slope: Floats
    """log of E[f'(u)²]."""

    @classmethod
    def of(cls, f: Callable[[Floats], tuple[Floats, Floats]]) -> Moments:
        """`f` gives the values and the derivatives at u, of any shape."""
        z, weights = normal_rule()
        exponents = np.linspace(-DECADES, DECADES, 2 * DECADES * PER_DECADE + 1)
        q = 10.0**exponents
        values, slopes = f(np.sqrt(q)[:, None] * z)
        power = np.maximum((values**2) @ weights, np.finfo(np.float64).tiny)
        slope = np.maximum((slopes**2) @ weights, np.finfo(np.float64).tiny)
        return cls(np.log(q), values @ weights / np.sqrt(q), np.log(power / q), np.log(slope))

    def mean(self, q: Floats) -> Floats:
        return np.sqrt(q) * np.interp(np.log(q), self.log_q, self.mean_ratio)

    def power(self, q: Floats) -> Floats:
        return q * np.exp(np.interp(np.log(q), self.log_q, self.log_power_ratio))

    def slope(self, q: Floats) -> Floats:
        return np.exp(np.interp(np.log(q), self.log_q, self.log_slope))


@frozen
class RandomNet:
    """What the theory must know of an MLP."""

    weight_power: Floats
    """[D] σ_w² of each hidden layer: fan-in times the mean square of its weights."""
    bias_power: Floats
    """[D] σ_b²."""
    readout: float
    """Sum over the logits of the mean square of their weights."""
    input_power: Floats
    """[R] Mean square of a row of the input, of some typical rows."""
    layer_norm: bool = False
    residual: bool = False
    """From the second hidden layer on, unscaled."""
    dropout: float = 0.0

    @staticmethod
    def inner(power: Floats) -> float:
        """The mean over the layers that see other hidden layers; over all if there is but one."""
        return float(power[1:].mean() if len(power) > 1 else power.mean())

    @property
    def noise(self) -> float:
        """What inverted dropout multiplies a second moment by."""
        return 1 / (1 - self.dropout)


@dataclass
class _Stream:
    """The forward pass in moments: mean and power [R] of what enters the next layer."""

    power: Floats
    mean: Floats = field(default_factory=lambda: np.zeros(()))

    def add(self, power: Floats, mean: Floats, *, residual: bool) -> None:
        if residual:
            power, mean = self.power + power + 2 * self.mean * mean, self.mean + mean
        self.power, self.mean = power, mean


def profile(net: RandomNet, f: Moments) -> Floats:
    """The predicted signal of each layer, [D + 1], as a ratio to that of the logits."""
    gains = _gains(net, f)
    signal = np.ones((len(gains) + 1, len(net.input_power)))
    back = np.full(len(net.input_power), net.readout)
    for i in reversed(range(len(gains))):
        signal[i] = gains[i] * back
        through = signal[i] * net.weight_power[i]
        back = through + back if net.residual and i else through
    ratio: Floats = np.sqrt(signal.mean(axis=1))
    return ratio


def _gains(net: RandomNet, f: Moments) -> Floats:
    """E[f'²], with dropout and norm, of each hidden layer and row, [D, R]."""
    stream = _Stream(net.input_power)
    gains = np.empty((len(net.weight_power), len(net.input_power)))
    with np.errstate(divide="ignore"):
        for i, (sigma_w, sigma_b) in enumerate(zip(net.weight_power, net.bias_power, strict=True)):
            q = sigma_w * stream.power + sigma_b
            seen = np.ones_like(q) if net.layer_norm else q
            gains[i] = net.noise * f.slope(seen) / (q if net.layer_norm else 1)
            stream.add(net.noise * f.power(seen), f.mean(seen), residual=net.residual and i > 0)
    return gains


def fixed_point(net: RandomNet, f: Moments) -> float:
    """χ₁ where the forward map settles, for the mean σ_w² and σ_b² of the hidden layers.

    nan under a norm and with residuals, where the variance does not decide or never settles.
    """
    if net.layer_norm or net.residual:
        return math.nan
    sigma_w, sigma_b = net.inner(net.weight_power), net.inner(net.bias_power)
    excess = np.log(sigma_w * net.noise * f.power(np.exp(f.log_q)) + sigma_b) - f.log_q
    first = net.weight_power[0] * net.input_power.mean() + net.bias_power[0]
    log_q = _settle(f.log_q, excess, float(np.log(first)))
    return float(sigma_w * net.noise * f.slope(np.exp(log_q)))


def _settle(log_q: Floats, excess: Floats, start: float) -> float:
    """Where log q comes to rest from `start`: it goes up while the excess [n] is positive."""
    at = min(int(np.searchsorted(log_q, start)), len(log_q) - 1)
    if excess[at] > 0:
        rest = np.flatnonzero(excess[at:] <= 0)
        above = at + int(rest[0]) if len(rest) else -1
    else:
        rest = np.flatnonzero(excess[:at] > 0)
        above = int(rest[-1]) + 1 if len(rest) else 0
    if above <= 0:
        return float(log_q[above])
    low, high = excess[above - 1], excess[above]
    share = low / (low - high)
    return float(log_q[above - 1] + share * (log_q[above] - log_q[above - 1]))
