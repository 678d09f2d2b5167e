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
    then: Tensor
    """Where it goes; `theta` itself if it stays where it is."""
    gradient: Tensor
    first: Tensor
    second: Tensor
    scratch: Tensor
    share: float
    """Of lr."""
    decaying: Tensor | None
    """What decay shrinks of it: the weights, not the biases."""


class Eye(Protocol):
    """Looks at theta as it moves."""

    def moved(self, piece: int, there: int) -> None:
        """The piece of this number lies `there` now; where it was is free, the eye may write."""

    def before(self) -> None:
        """All of theta is about to move, and stays in its place."""

    def after(self) -> None:
        """It has moved."""


class Slots:
    """One part of the parameters and the optimizer's memory of it; it moves piece by piece."""

    def __init__(self, gradient: Tensor, *thetas: Tensor) -> None:
        """`thetas`: the places where it may lie, the lower one first. It lies in the first."""
        self.thetas, self.gradient = thetas, gradient
        self.at = 0
        """In which of them it lies."""
        self.first = torch.zeros_like(gradient)
        """Momentum, or the first moment."""
        self.second = torch.zeros_like(gradient)
        """Mean square, or the second moment."""
        self.steps = 0
        """Since `forget`: Adam's t."""
        self.cut([(slice(0, len(gradient)), 1.0)], 0)

    def cut(self, places: Sequence[tuple[slice, float]], weights: int) -> None:
        """Let these parts of theta move each on its own, at its share of lr.

        `weights`: as many numbers at the front decay.
        """
        self.places = [at for at, _ in places]
        """Of the pieces in theta."""
        scratch = self.gradient.new_zeros(max(at.stop - at.start for at, _ in places))

        def pieces(theta: Tensor, then: Tensor) -> list[Piece]:
            return [
                Piece(
                    theta[at], then[at], self.gradient[at], self.first[at], self.second[at],
                    scratch[: at.stop - at.start], share,
                    then[at.start : min(at.stop, weights)] if at.start < weights else None,
                )
                for at, share in places
            ]  # fmt: skip

        self._ways = [[pieces(theta, then) for then in self.thetas] for theta in self.thetas]
        """From each place to each."""

    @property
    def theta(self) -> Tensor:
        """Where it lies."""
        return self.thetas[self.at]

    @property
    def pieces(self) -> list[Piece]:
        """That stay where they lie."""
        return self._ways[self.at][self.at]

    def forget(self) -> None:
        """A fresh state."""
        self.first.zero_()
        self.second.zero_()
        self.steps = 0

    def move(self, rule: Rule, rates: Rates, *, eye: Eye | None = None) -> None:
        """One step of all pieces; under an eye each goes to the other place.

        A place may overlap the other as long as no piece overlaps itself: down goes the first
        piece first, up the last one.
        """
        self.steps += 1
        there = self.at if eye is None else 1 - self.at
        way, still = self._ways[self.at][there], self._ways[there][there]
        numbers = range(len(way))
        for number in numbers if there <= self.at else reversed(numbers):
            piece = way[number]
            if rates.decay and (decaying := piece.decaying) is not None:
                if eye is not None:
                    piece.then.copy_(piece.theta)
                    piece = still[number]
                decaying.mul_(1 - rates.lr * piece.share * rates.decay)
            rule(piece, rates, self.steps)
            if eye is not None:
                eye.moved(number, there)
        self.at = there


def sgd(piece: Piece, rates: Rates, steps: int) -> None:
    """v <- mu v + g; theta <- theta - alpha v (Polyak 1964); with mu = 0 plain descent."""
    step = piece.gradient
    if rates.momentum:
        step = piece.first.mul_(rates.momentum).add_(step)
    torch.add(piece.theta, step, alpha=-rates.lr * piece.share, out=piece.then)


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
    torch.addcdiv(piece.theta, piece.first, root, value=-lr * second / first, out=piece.then)


def rmsprop(piece: Piece, rates: Rates, steps: int) -> None:
    """Tieleman, Hinton 2012, with alpha = 0.99 and torch's epsilon and momentum."""
    rho = RMSPROP_SMOOTHING
    piece.second.mul_(rho).addcmul_(piece.gradient, piece.gradient, value=1 - rho)
    root = torch.sqrt(piece.second, out=piece.scratch).add_(RMSPROP_EPSILON)
    lr = rates.lr * piece.share
    if rates.momentum:
        piece.first.mul_(rates.momentum).addcdiv_(piece.gradient, root)
        torch.add(piece.theta, piece.first, alpha=-lr, out=piece.then)
    else:
        torch.addcdiv(piece.theta, piece.gradient, root, value=-lr, out=piece.then)


Rule = Callable[[Piece, Rates, int], None]
"""Moves a piece of theta; its steps are counted from 1."""
RULES: dict[str, Rule] = {"sgd": sgd, "adam": adam, "adamw": adam, "rmsprop": rmsprop}
