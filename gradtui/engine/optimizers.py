"""Gradient descent and its relatives, on flat buffers: a handful of operations at any depth.

Each agrees bit by bit with torch.optim's own (the plain and the foreach kind).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from gradtui.catalog.optimizers import (
    ADAM_BETAS,
    ADAM_EPSILON,
    KERAS_EPSILON,
    RMSPROP_EPSILON,
    RMSPROP_SMOOTHING,
)
from gradtui.core.frozen import frozen


@dataclass
class Rates:
    """The knobs that an optimizer reads."""

    lr: float
    momentum: float
    decay: float
    """Decoupled weight decay, weights only; Loshchilov, Hutter 2019."""
    keras_eps: bool = False
    """Adam's epsilon as Keras adds it: 1e-7, not divided by the bias correction."""


@frozen
class Stretch:
    """A part of theta that learns at a share of lr, and what moves it: views, made once."""

    theta: Tensor
    gradient: Tensor
    first: Tensor
    scratch: Tensor
    share: float


class Slots:
    """One part of the parameters and the optimizer's memory of it."""

    def __init__(self, theta: Tensor, gradient: Tensor) -> None:
        self.theta = theta
        self.gradient = gradient
        self.first = torch.zeros_like(theta)
        """Momentum, or the first moment."""
        self.second = torch.zeros_like(theta)
        """Mean square, or the second moment."""
        self.scratch = torch.zeros_like(theta)
        self.steps = 0
        self.stretches: list[Stretch] = []
        """All of theta."""
        self.part([(slice(None), 1.0)])

    def part(self, shares: Iterable[tuple[slice, float]]) -> None:
        """Let parts of theta learn at shares of lr."""
        self.stretches = [
            Stretch(self.theta[at], self.gradient[at], self.first[at], self.scratch[at], share)
            for at, share in shares
        ]

    def forget(self) -> None:
        """A fresh state."""
        self.first.zero_()
        self.second.zero_()
        self.steps = 0


def sgd(slots: Slots, rates: Rates) -> None:
    """v <- mu v + g; theta <- theta - alpha v (Polyak 1964); with mu = 0 plain descent."""
    if rates.momentum:
        slots.first.mul_(rates.momentum).add_(slots.gradient)
    for part in slots.stretches:
        step = part.first if rates.momentum else part.gradient
        part.theta.add_(step, alpha=-rates.lr * part.share)


def adam(slots: Slots, rates: Rates) -> None:
    """Kingma, Ba 2015, with beta = (0.9, 0.999)."""
    one, two = ADAM_BETAS
    slots.steps += 1
    slots.first.lerp_(slots.gradient, 1 - one)
    slots.second.mul_(two).addcmul_(slots.gradient, slots.gradient, value=1 - two)
    first = 1 - one**slots.steps
    second = (1 - two**slots.steps) ** 0.5
    root = torch.sqrt(slots.second, out=slots.scratch)
    if rates.keras_eps:
        root.add_(KERAS_EPSILON)
    else:
        root.div_(second).add_(ADAM_EPSILON)
        second = 1.0
    for part in slots.stretches:
        lr = rates.lr * part.share
        part.theta.addcdiv_(part.first, part.scratch, value=-lr * second / first)


def rmsprop(slots: Slots, rates: Rates) -> None:
    """Tieleman, Hinton 2012, with alpha = 0.99 and torch's epsilon and momentum."""
    rho = RMSPROP_SMOOTHING
    slots.second.mul_(rho).addcmul_(slots.gradient, slots.gradient, value=1 - rho)
    root = torch.sqrt(slots.second, out=slots.scratch).add_(RMSPROP_EPSILON)
    if rates.momentum:
        slots.first.mul_(rates.momentum).addcdiv_(slots.gradient, root)
    for part in slots.stretches:
        lr = rates.lr * part.share
        if rates.momentum:
            part.theta.add_(part.first, alpha=-lr)
        else:
            part.theta.addcdiv_(part.gradient, part.scratch, value=-lr)


RULES = {"sgd": sgd, "adam": adam, "adamw": adam, "rmsprop": rmsprop}
