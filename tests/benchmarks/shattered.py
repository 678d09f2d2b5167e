"""Shattered gradients (Balduzzi et al. 2017): how alike the gradients of neighbouring inputs are.

Two ways along the inputs, for both of which plain depth whitens the gradient and residuals do not:
a great circle of a 64-dimensional input, by gradtui's own forward pass; and the paper's grid of 256
scalars in [-2, 2], with batch norm. Without a norm, one dimension is too few to shatter on: a ReLU
net is linear between the kinks, and there are only so many of them along a line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from gradtui.engine.model import Forward, forward
from gradtui.engine.parameters import Parameters
from tests.engine.nets import CPU

GRID, WIDTH, LAG = 256, 200, 5
BETA = 0.1
"""What the paper multiplies a residual block by."""
Gradient = Callable[[int, int, bool], np.ndarray]


def on_a_circle(depth: int, seed: int, residual: bool) -> np.ndarray:
    """dy/dt of a he-initialised ReLU net along x(t), t from 0 to 2 pi."""
    rng = torch.Generator().manual_seed(seed)
    parameters = Parameters(list(pairwise([64, *[WIDTH] * depth, 1])), CPU)
    for weight in parameters.weights:
        weight.normal_(0, math.sqrt(2 / len(weight)), generator=rng)
    basis = torch.linalg.qr(torch.randn(64, 2, generator=rng))[0].T * 8
    t = (2 * math.pi / GRID * torch.arange(GRID)).requires_grad_()
    with torch.enable_grad():
        x = torch.stack([torch.cos(t), torch.sin(t)], 1) @ basis
        y = forward(parameters, x, Forward(torch.relu, residual=residual), None)
        (gradient,) = torch.autograd.grad(y.sum(), t)
    return gradient.double().numpy()


def on_a_grid(depth: int, seed: int, residual: bool) -> np.ndarray:
    """dy/dx of a he-initialised ReLU net with batch norm, whose statistics are constants."""
    rng = torch.Generator().manual_seed(seed)
    x = torch.linspace(-2, 2, GRID, dtype=torch.float64).requires_grad_()
    with torch.enable_grad():
        a = x[:, None]
        for i in range(depth):
            h = torch.relu(_normed(a @ _drawn((a.shape[1], WIDTH), 2, rng)))
            a = a + BETA * h if residual and i else h
        y = a @ _drawn((WIDTH, 1), 1, rng)
        (gradient,) = torch.autograd.grad(y.sum(), x)
    return gradient.numpy()


def _drawn(shape: tuple[int, int], gain: float, rng: torch.Generator) -> Tensor:
    drawn = torch.randn(shape, generator=rng, dtype=torch.float64)
    return drawn * math.sqrt(gain / shape[0])


def _normed(z: Tensor) -> Tensor:
    mean, std = z.mean(0).detach(), z.std(0, correction=0).detach()
    return (z - mean) / (std + 1e-8)


def autocorrelation(
    gradient: Gradient, depth: int, seeds: Sequence[int], *, residual: bool = False
) -> list[float]:
    """At the lag, of each seed's net."""
    found = []
    for seed in seeds:
        g = gradient(depth, seed, residual)
        g = g - g.mean()
        found.append(float((g[LAG:] @ g[:-LAG]) / (g @ g)))
    return found
