"""A sampled step's backward pass: all parameters' gradients as ever, and dL/dz of each row.

It changes no number. On a GPU all of dL/dz waits: to read it at once would wait for the device.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor

from gradtui.engine import columns
from gradtui.engine.blocks import ALONE
from gradtui.engine.model import Trace
from gradtui.engine.parameters import Leaf, Parameters
from gradtui.engine.readers import square


def backward(loss: Tensor, parameters: Parameters, trace: Trace) -> None:
    """Leaves dL/dz in the trace, in the way that costs least."""
    if trace.bias_rows:
        _by_bias_rows(loss, parameters.bias_leaves, trace)
    elif loss.is_cpu and columns.count(trace.watched()) <= columns.SMALL:
        _by_copies(loss, trace)
    else:
        _by_asking(loss, parameters, trace)


def _by_bias_rows(loss: Tensor, biases: Sequence[Leaf], trace: Trace) -> None:
    """dL/dz is the gradient of the biases' rows; the biases' own is its sum over the batch."""
    torch.autograd.backward((loss,))
    for leaf, rows in zip(biases, trace.bias_rows, strict=True):
        total, dz = cast(Tensor, leaf.tensor.grad), cast(Tensor, rows.tensor.grad)
        total.add_(over_batch(dz))
        trace.gradients.append(dz.view(leaf.layers, -1))
        rows.tensor.grad = None  # activations that wait would keep it, by the graph they are of


def over_batch(dz: Tensor) -> Tensor:
    """The sum of [layers, batch, out] over the batch, bit by bit that of each layer alone.

    Of layers that are read this way one alone has too few numbers for more than one thread. Of
    many at once torch would part the columns, and add up what is left over in another order.
    """
    if dz.dim() == 2 or torch.get_num_threads() == 1:
        return dz.sum(-2)
    return torch.stack([layer.sum(0) for layer in dz.unbind(0)])


def _by_copies(loss: Tensor, trace: Trace) -> None:
    """Where a copy of dL/dz costs less than to ask for it beside the parameters' gradients."""
    watched = trace.watched()
    for z in watched:
        z.retain_grad()
    torch.autograd.backward((loss,))
    trace.gradients = [z.grad for z in watched]


def _by_asking(loss: Tensor, parameters: Parameters, trace: Trace) -> None:
    """Large rows are read as they pass, the others are asked for."""
    watched, asked = trace.watched(), list[int]()
    for places in trace.places():
        if not loss.is_cpu or watched[places.start].numel() * len(places) < ALONE:
            asked += places
            continue
        for i in places:
            trace.squares[i] = 0.0
            watched[i].register_hook(_reader(trace.squares, i))  # type: ignore[no-untyped-call]
    leaves, sums = parameters.leaves, parameters.leaf_gradients
    inputs = [*leaves, *(watched[i] for i in asked)]
    found = torch.autograd.grad((loss,), inputs, allow_unused=True)
    for total, gradient in zip(sums, found[: len(leaves)], strict=True):
        if gradient is not None:
            total.add_(gradient)
    trace.gradients = [None] * len(watched)
    for i, gradient in zip(asked, found[len(leaves) :], strict=True):
        trace.gradients[i] = gradient


def _reader(totals: dict[int, float], place: int) -> Callable[[Tensor], None]:
    """A hook; that it knows no tensor lets the pass be freed at once."""

    def read(gradient: Tensor) -> None:
        totals[place] = square(gradient.numpy().reshape(-1))

    return read
