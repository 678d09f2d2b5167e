"""Gradient descent and its relatives, on flat buffers: a handful of operations a piece.

Each agrees bit by bit with torch.optim's own (the plain and the foreach kind).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

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
class Piece:
    """A part of theta that moves at once, and what moves it: views, made once."""

    theta: Tensor
    gradient: Tensor
    first: Tensor
    second: Tensor
    scratch: Tensor
    share: float
    """Of lr."""
    decaying: Tensor | None
    """What decay shrinks of it: the weights, not the biases."""


class Eye(Protocol):
    """Looks at pieces of theta as they move."""

    def before(self, piece: int | None) -> None:
        """The piece of this number is about to move; None: all of theta is."""

    def after(self, piece: int | None) -> None:
        """It has moved."""


class Slots:
    """One part of the parameters and the optimizer's memory of it; it moves piece by piece."""

    def __init__(self, theta: Tensor, gradient: Tensor) -> None:
        self.theta = theta
        self.gradient = gradient
        self.first = torch.zeros_like(theta)
        """Momentum, or the first moment."""
        self.second = torch.zeros_like(theta)
        """Mean square, or the second moment."""
        self.steps = 0
        """Since `forget`: Adam's t."""
        self.cut([(slice(0, len(theta)), 1.0)], 0)

    def cut(self, places: Sequence[tuple[slice, float]], weights: int) -> None:
        """Let these parts of theta move each on its own, at its share of lr.

        `weights`: as many numbers at the front decay.
        """
        self.places = [at for at, _ in places]
        """Of the pieces in theta."""
        scratch = self.theta.new_zeros(max(at.stop - at.start for at, _ in places))
        self.pieces = [
            Piece(
                self.theta[at], self.gradient[at], self.first[at], self.second[at],
                scratch[: at.stop - at.start], share,
                self.theta[at.start : min(at.stop, weights)] if at.start < weights else None,
            )
            for at, share in places
        ]  # fmt: skip

    def forget(self) -> None:
        """A fresh state."""
        self.first.zero_()
        self.second.zero_()
        self.steps = 0

    def move(self, rule: Rule, rates: Rates, eye: Eye | None = None) -> None:
        """One step of all pieces."""
        self.steps += 1
        for place, piece in enumerate(self.pieces):
            if eye is not None:
                eye.before(place)
            if rates.decay and piece.decaying is not None:
                piece.decaying.mul_(1 - rates.lr * piece.share * rates.decay)
            rule(piece, rates, self.steps)
            if eye is not None:
                eye.after(place)


def sgd(piece: Piece, rates: Rates, steps: int) -> None:
    """v <- mu v + g; theta <- theta - alpha v (Polyak 1964); with mu = 0 plain descent."""
    step = piece.gradient
    if rates.momentum:
        step = piece.first.mul_(rates.momentum).add_(step)
    piece.theta.add_(step, alpha=-rates.lr * piece.share)


def adam(piece: Piece, rates: Rates, steps: int) -> None:
    """Kingma, Ba 2015, with beta = (0.9, 0.999)."""
    one, two = ADAM_BETAS
    piece.first.lerp_(piece.gradient, 1 - one)
    piece.second.mul_(two).addcmul_(piece.gradient, piece.gradient, value=1 - two)
    first = 1 - one**steps
    second = (1 - two**steps) ** 0.5
    root = torch.sqrt(piece.second, out=piece.scratch)
    if rates.keras_eps:
        root.add_(KERAS_EPSILON)
    else:
        root.div_(second).add_(ADAM_EPSILON)
        second = 1.0
    lr = rates.lr * piece.share
    piece.theta.addcdiv_(piece.first, root, value=-lr * second / first)


def rmsprop(piece: Piece, rates: Rates, steps: int) -> None:
    """Tieleman, Hinton 2012, with alpha = 0.99 and torch's epsilon and momentum."""
    rho = RMSPROP_SMOOTHING
    piece.second.mul_(rho).addcmul_(piece.gradient, piece.gradient, value=1 - rho)
    root = torch.sqrt(piece.second, out=piece.scratch).add_(RMSPROP_EPSILON)
    lr = rates.lr * piece.share
    if rates.momentum:
        piece.first.mul_(rates.momentum).addcdiv_(piece.gradient, root)
        piece.theta.add_(piece.first, alpha=-lr)
    else:
        piece.theta.addcdiv_(piece.gradient, root, value=-lr)


Rule = Callable[[Piece, Rates, int], None]
"""Moves a piece of theta; its steps are counted from 1."""
RULES: dict[str, Rule] = {"sgd": sgd, "adam": adam, "adamw": adam, "rmsprop": rmsprop}
