"""The layers of a small net read as columns of one table.

A net of a few small layers has so few numbers that what reading them costs is the calls: here
they are as many for all layers of all steps as for one. All sums are float64, which neither
under- nor overflows on squares of float32.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gradtui.core.entries import Activation
from gradtui.core.records import Floats

SMALL = 2**13
"""Most numbers of a sample that are read this way: each costs several times what it costs alone."""


class Table(NamedTuple):
    """What a sample tells of each layer: [steps, layers] each, and nan where it is not defined."""

    signal: Floats
    """Mean square of dL/dz."""
    mean: Floats
    """Of the activations."""
    variance: Floats
    """Of the activations, too."""
    dead: Floats
    saturated: Floats


def count(tensors: Iterable[Tensor]) -> int:
    """Of all their numbers. In mid-step a generator would cost more than what it counts."""
    numbers = 0
    for tensor in tensors:
        numbers += tensor.numel()
    return numbers


def fits(gradients: Sequence[Tensor], activations: Sequence[Tensor]) -> bool:
    """Whether all rows of a sample are [batch, units], of one batch, and few numbers."""
    if len(gradients) != len(activations) or count(activations) > SMALL:
        return False
    batch = activations[-1].shape[:-1]
    return len(batch) == 1 and all(t.shape[:-1] == batch for t in (*gradients, *activations))


def read(
    gradients: Sequence[Sequence[Tensor]],
    activations: Sequence[Sequence[Tensor]],
    activation: Activation,
) -> Table:
    """All layers of all steps. The last layer is the logits: neither dead nor saturated."""
    shape = len(activations), len(activations[0])
    tensors = [t for step in (*activations, *gradients) for t in step]
    single = torch.cat(tensors, dim=1).cpu().numpy()
    batch, widths = len(single), [t.shape[1] for t in activations[0]]
    starts = list(accumulate(widths * (2 * shape[0]), initial=0))
    rows = shape[0] * shape[1]
    half, starts_of_acts = starts[rows], starts[:rows]

    def of_layers(columns: NDArray[np.generic], starts: list[int]) -> Floats:
        sums: Floats = np.add.reduceat(columns, starts, dtype=np.float64)
        return sums.reshape(-1, *shape)

    acts, table = single[:, :half], single.astype(np.float64)
    centred, units = table[:, :half], np.array(widths)
    numbers = batch * units
    (mean,) = of_layers(np.add.reduce(centred, axis=0), starts_of_acts) / numbers
    centred -= np.repeat(mean.ravel(), widths * shape[0])
    np.multiply(table, table, out=table)
    variance, signal = of_layers(np.add.reduce(table, axis=0), starts[:-1]) / numbers
    dead, saturated = np.full((2, *shape), np.nan)
    if activation.can_die:
        (dead[:],) = of_layers(np.maximum.reduce(acts, axis=0) <= 0, starts_of_acts) / units
    if activation.saturated is not None:
        flat = np.add.reduce(activation.saturated(acts), axis=0)
        (saturated[:],) = of_layers(flat, starts_of_acts) / numbers
    dead[:, -1] = saturated[:, -1] = np.nan
    return Table(signal, mean, variance, dead, saturated)
