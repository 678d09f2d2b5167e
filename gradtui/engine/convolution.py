"""3×3 convolutions in the shape that all else here knows: weights [9 * in, out], rows of channels.

An activation is [batch * height * width, channels]: a unit is a channel, and a norm, a dead unit,
the signal mean of it what they mean of a dense layer, over the positions as over the batch.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

TAPS = 9


class Grid:
    """The positions of an image: (channels, height, width)."""

    def __init__(self, image: tuple[int, int, int]) -> None:
        self.channels, self.height, self.width = image

    def pairs(self, depth: int, width: int, classes: int) -> list[tuple[int, int]]:
        """(in, out) of each layer's weights: convolutions, then the logits of the mean."""
        inputs = [self.channels, *[width] * (depth - 1)][:depth]
        last = width if depth else self.channels
        return [*((TAPS * size, width) for size in inputs), (last, classes)]

    def rows(self, x: Tensor) -> Tensor:
        """[batch, channels * height * width] to [batch * height * width, channels]."""
        return x.view(len(x), self.channels, -1).transpose(1, 2).reshape(-1, self.channels)

    def convolve(self, a: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """One layer's z; the border is padded with zeros."""
        channels = a.shape[1]
        image = a.view(-1, self.height, self.width, channels).permute(0, 3, 1, 2)
        kernel = weight.view(channels, 3, 3, -1).permute(3, 0, 1, 2)
        z = F.conv2d(image, kernel, bias, padding=1)
        return z.permute(0, 2, 3, 1).reshape(-1, z.shape[1])

    def pool(self, a: Tensor) -> Tensor:
        """The mean over all positions, [batch, channels]."""
        return a.view(-1, self.height * self.width, a.shape[1]).mean(1)
