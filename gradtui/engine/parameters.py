"""All parameters of a net in one buffer, all gradients in another, and views of both.

One flat buffer makes an optimizer step a few operations however many layers there are, and lets
the probe read every layer's norm without asking torch for anything. Neighbouring layers of
one shape share a leaf [layers, in, out]: autograd then stacks their gradients in one
operation instead of adding each on its own, which makes a net of 1000 layers 1.5 times faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from functools import cached_property
from itertools import groupby
from math import prod

import torch
from torch import Tensor

from gradtui.core.frozen import frozen
from gradtui.engine.device import one_thread

SMALL = 2**15
"""Most numbers of a small net."""
PIECE = 2**17
"""Numbers that an optimizer moves at once: half a megabyte each of theta, the gradient and the
moments, still near when the probe reads them. With half as many an update of 500 000 numbers took a
fifth longer, for its calls."""


@frozen
class Leaf:
    """Neighbouring layers of one shape: a differentiable view of the flat buffer."""

    tensor: Tensor
    """[layers, *shape], or [*shape] for a single layer; `.grad` is a view of the flat gradient."""
    layers: int
    shape: tuple[int, ...]
    start: int
    """Where its first number lies in the flat buffer."""

    def split(self) -> tuple[Tensor, ...]:
        """The layers' tensors, differentiable."""
        return self.tensor.unbind(0) if self.layers > 1 else (self.tensor,)

    def for_each_row(self, batch: int) -> Leaf:
        """Of biases: once for each row of a batch, [layers, batch, out], or [batch, out] of a
        single layer; no copy, and not to be written. Its gradient is in memory of its own."""
        shape = (batch, *self.shape)
        rows = self.tensor.detach().unsqueeze(-2).expand(*self.tensor.shape[:-1], *shape)
        return Leaf(rows.requires_grad_(), self.layers, shape, self.start)


def layers_of(leaves: list[Leaf]) -> list[Tensor]:
    """The tensors of all layers, differentiable."""
    return [layer for leaf in leaves for layer in leaf.split()]


class Parameters:
    """Weights [in, out], biases [out], gammas and betas of the norms, gates [1], in this order.

    `pairs` are (in, out) of each layer's weights, from the input to the logits. The norm's part
    and that of the gates are always there, and take part in nothing while they are off.
    """

    def __init__(
        self,
        pairs: Sequence[tuple[int, int]],
        device: torch.device,
        *,
        biased: Sequence[int] | None = None,
        norms: Sequence[int] | None = None,
    ) -> None:
        """`biased`: the rows with a bias, if not all; `norms`: the widths of the norms, each with
        a gate, if there is not one for each hidden row."""
        self.biased = tuple(range(len(pairs)) if biased is None else biased)
        """The rows that `biases` belong to."""
        outs = [pairs[row][1] for row in self.biased]
        self.units, self.widest = sum(outs), max(outs)
        """Of all these rows together, and of the widest one."""
        widths = [out for _, out in pairs[:-1]] if norms is None else norms
        hidden = tuple((width,) for width in widths)
        shapes: list[tuple[tuple[int, ...], ...]] = [
            tuple(pairs),
            tuple((pairs[row][1],) for row in self.biased),
            hidden,
            hidden,
            ((1,),) * len(hidden),
        ]
        self._shapes = shapes
        lengths = [sum(prod(shape) for shape in part) for part in shapes]
        self.n_weights = lengths[0]
        self.n_plain = lengths[0] + lengths[1]
        """Weights and biases; what lies behind belongs to the norm, and then to the gates."""
        self.n_gates = sum(lengths[:4])
        """Where the gates begin."""
        total = sum(lengths)
        self.grad = torch.zeros(total, device=device)
        self._lie(torch.zeros(total, device=device))

    def at(self, flat: Tensor) -> Parameters:
        """The same net where `flat` [all numbers] is; it has this one's gradient."""
        other = copy(self)
        for found in ("leaves", "leaf_gradients"):
            vars(other).pop(found, None)
        other._lie(flat)
        return other

    def _lie(self, flat: Tensor) -> None:
        self.flat, parts, start = flat, [], 0
        for shapes in self._shapes:
            parts.append(self._leaves(shapes, start))
            start += sum(prod(shape) for shape in shapes)
        self.weight_leaves, self.bias_leaves, *inner = parts
        self.gamma_leaves, self.beta_leaves, self.gate_leaves = inner
        self.weights = self._views(self.weight_leaves)
        self.biases = self._views(self.bias_leaves)
        self.gammas = self._views(self.gamma_leaves)
        self.betas = self._views(self.beta_leaves)
        self.gates = self._views(self.gate_leaves)

    @property
    def small(self) -> bool:
        """Whether a few steps of it fit into the second-level cache."""
        return self.n_plain <= SMALL

    @property
    def cuts(self) -> tuple[slice, slice, slice]:
        """Of the flat buffer: weights and biases; the norms' part; the gates."""
        plain, gates = self.n_plain, self.n_gates
        return slice(0, plain), slice(plain, gates), slice(gates, len(self.flat))

    @cached_property
    def leaves(self) -> list[Tensor]:
        """All that autograd differentiates by."""
        parts = (self.weight_leaves, self.bias_leaves,
                 self.gamma_leaves, self.beta_leaves, self.gate_leaves)  # fmt: skip
        return [leaf.tensor for part in parts for leaf in part]

    @cached_property
    def leaf_gradients(self) -> list[Tensor]:
        """Where autograd adds up what it finds for each of the leaves."""
        return self.gradient_of(self.leaves)

    @cached_property
    def unbiased(self) -> list[int]:
        """The rows without a bias."""
        return sorted(set(range(len(self.weights))) - set(self.biased))

    def _leaves(self, shapes: Sequence[tuple[int, ...]], start: int) -> list[Leaf]:
        leaves = []
        for shape, same in groupby(shapes):
            layers = len(list(same))
            stacked = (layers, *shape) if layers > 1 else shape
            cut = slice(start, start + prod(stacked))
            tensor = self.flat[cut].view(stacked).detach().requires_grad_()
            tensor.grad = self.grad[cut].view(stacked)
            leaves.append(Leaf(tensor, layers, shape, start))
            start = cut.stop
        return leaves

    @staticmethod
    def _views(leaves: list[Leaf]) -> list[Tensor]:
        return [layer for leaf in leaves for layer in leaf.tensor.detach().view(-1, *leaf.shape)]

    def pieces(self, shares: Sequence[float] = ()) -> list[tuple[slice, float]]:
        """Weights and biases, cut into whole layers of one share of lr, some PIECE numbers each.

        `shares` are the rows', if they are not all 1. Returns where each piece lies in the flat
        buffer, and its share. Where many cores work at once a cut would only part them.
        """
        of_rows = shares or (1.0,) * len(self.weights)
        of_views = [*of_rows, *(of_rows[row] for row in self.biased)]
        length = PIECE if one_thread(self.flat.device, self.n_weights) else self.n_plain
        found: list[tuple[slice, float]] = []
        start = stop = 0
        for view, share, following in zip(
            (*self.weights, *self.biases), of_views, (*of_views[1:], None), strict=True
        ):
            stop += view.numel()
            if share != following or stop - start >= length:
                found.append((slice(start, stop), share))
                start = stop
        return found

    def gradient_of(self, views: list[Tensor]) -> list[Tensor]:
        """The views of the flat gradient that lie as `views` lie in the flat buffer."""
        first = self.flat.storage_offset()
        return [
            self.grad[(at := view.storage_offset() - first) : at + view.numel()].view(view.shape)
            for view in views
        ]
