"""Transformers: an encoder and a decoder, or a decoder alone; Vaswani et al. 2017.

Rows: the embedding [symbols, d]; block by block q, k, v, out [d, d], in the decoder of two stacks
the same of the attention to the source, ffn1 [d, 4 d] and ffn2 [4 d, d]; the logits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from gradtui.catalog.architectures.blocks import CROSS, FEED, SELF
from gradtui.core.architecture import Fixed
from gradtui.core.entries import Activation
from gradtui.engine.convolution import Grid
from gradtui.engine.dataset import Dataset
from gradtui.engine.initialise import draw
from gradtui.engine.language import PAD, Language
from gradtui.engine.model import Forward, RunningStatistics, Trace
from gradtui.engine.models.rows import Rows
from gradtui.engine.parameters import Parameters

WIDER = 4
"""Units between the two feed-forward matrices, in widths."""
EMBEDDED = 1.0
"""Standard deviation of an embedding's numbers at the start, as torch draws them."""
GUESS = 0.02
"""That of the logits' weights, as in GPT-2 (Radford et al. 2019): the first guess is even."""


class Memory(NamedTuple):
    """What the decoder reads of the source."""

    states: Tensor
    """[batch * positions, d]"""
    seen: Tensor
    """bool [batch, 1, 1, positions]: not the padding."""


class Transformer:
    """x: symbols, int64 [batch, source + positions]; without a source no encoder."""

    def __init__(self, fixed: Fixed, data: Dataset, device: torch.device) -> None:
        assert data.language is not None
        self.grid: Grid | None = None
        self.language: Language = data.language
        self._width, self._heads = int(fixed["width"]), int(fixed["heads"])
        self._depth = depth = int(fixed["depth"])
        self._pre = fixed["norm_position"] == "pre"
        source = self.language.translates
        decoder = (*SELF, *CROSS, *FEED) if source else (*SELF, *FEED)
        kinds = (*((*SELF, *FEED) * depth if source else ()), *decoder * depth)
        pairs = [(data.features, self._width), *map(self._shape, kinds)]
        pairs.append((self._width, data.classes))
        last = len(pairs) - 1  # an attention's rows are square, and have no bias
        biased = [i for i, (into, out) in enumerate(pairs) if i == last or (i and into != out)]
        norms = depth * (5 if source else 2) + (2 if self._pre else 0)
        self.parameters = Parameters(pairs, device, biased=biased, norms=[self._width] * norms)
        self.running = RunningStatistics(self.parameters)

    def _shape(self, kind: str) -> tuple[int, int]:
        d = self._width
        return {"ffn1": (d, WIDER * d), "ffn2": (WIDER * d, d)}.get(kind, (d, d))

    def initialise(self, rule: str, generator: torch.Generator) -> None:
        """`rule` holds for all but the embedding and the logits; biases are 0."""
        embedding, *inner, logits = self.parameters.weights
        drawn = torch.empty(embedding.shape).normal_(0, EMBEDDED, generator=generator)
        embedding.copy_(drawn)
        for weight in inner:
            weight.copy_(draw(rule, weight.shape[0], weight.shape[1], generator))
        logits.copy_(torch.empty(logits.shape).normal_(0, GUESS, generator=generator))
        for bias in self.parameters.biases:
            bias.zero_()

    def observed(self, activation: Activation) -> Activation:
        return activation

    def forward(
        self,
        x: Tensor,
        knobs: Forward,
        running: RunningStatistics | None,
        generator: torch.Generator | None = None,
        trace: Trace | None = None,
    ) -> Tensor:
        rows, cut = Rows(self.parameters, knobs, generator, trace), self.language.source
        entered = self._enter(rows, x, cut)
        memory = self._encode(rows, x[:, :cut], entered[:, :cut]) if cut else None
        return self._decode(rows, entered[:, cut:], memory)

    def listen(self, source: Tensor, knobs: Forward) -> Memory | None:
        """What the decoder reads of the source, without dropout; None of a decoder alone."""
        rows = Rows(self.parameters, knobs)
        if not self.language.translates:
            return None
        return self._encode(rows, source, self._enter(rows, source, 0))

    def speak(self, prefix: Tensor, memory: Memory | None, knobs: Forward) -> Tensor:
        """Logits [batch * positions, symbols] behind each symbol of a prefix."""
        rows = Rows(self.parameters, knobs)
        return self._decode(rows, self._enter(rows, prefix, 0), memory)

    def _enter(self, rows: Rows, x: Tensor, cut: int) -> Tensor:
        """[batch, positions, d]: the symbol, and its place, which counts anew from `cut` on."""
        place = sines(x.shape[1], self._width).to(x.device)
        place = torch.cat((place[:cut], place[: len(place) - cut]))
        return rows.drop(rows.embed(0, x) + place)

    def _encode(self, rows: Rows, source: Tensor, entered: Tensor) -> Memory:
        batch, length = source.shape
        seen = (source != PAD)[:, None, None]
        a = entered.reshape(batch * length, -1)
        for i in range(self._depth):
            row, norm = 1 + 6 * i, 2 * i
            a = self._branch(rows, norm, a, partial(self._own, rows, row, batch, seen))
            a = self._branch(rows, norm + 1, a, partial(_feed, rows, row + 4))
        return Memory(rows.norm(-2, a) if self._pre else a, seen)

    def _decode(self, rows: Rows, entered: Tensor, memory: Memory | None) -> Tensor:
        batch, length, _ = entered.shape
        past = torch.ones(length, length, dtype=torch.bool, device=entered.device).tril()
        a = entered.reshape(batch * length, -1)
        row, norm = (1, 0) if memory is None else (1 + 6 * self._depth, 2 * self._depth)
        for _ in range(self._depth):
            a = self._branch(rows, norm, a, partial(self._own, rows, row, batch, past))
            row, norm = row + 4, norm + 1
            if memory is not None:
                a = self._branch(rows, norm, a, partial(self._cross, rows, row, batch, memory))
                row, norm = row + 4, norm + 1
            a = self._branch(rows, norm, a, partial(_feed, rows, row))
            row, norm = row + 2, norm + 1
        return rows.logits(row, rows.norm(-1, a) if self._pre else a)

    def _branch(
        self, rows: Rows, norm: int, a: Tensor, branch: Callable[[Tensor], Tensor]
    ) -> Tensor:
        """Pre: a + branch(norm(a)); post: norm(a + branch(a))."""
        if self._pre:
            return rows.add(norm, a, branch(rows.norm(norm, a)))
        return rows.norm(norm, rows.add(norm, a, branch(a)))

    def _own(self, rows: Rows, row: int, batch: int, seen: Tensor, a: Tensor) -> Tensor:
        q, k, v = (rows.linear(row + i, a) for i in range(3))
        return rows.linear(row + 3, self._attend(q, k, v, batch, seen))

    def _cross(self, rows: Rows, row: int, batch: int, memory: Memory, a: Tensor) -> Tensor:
        q, k, v = (rows.linear(row + i, memory.states if i else a) for i in range(3))
        return rows.linear(row + 3, self._attend(q, k, v, batch, memory.seen))

    def _attend(self, q: Tensor, k: Tensor, v: Tensor, batch: int, seen: Tensor) -> Tensor:
        """softmax(q k / sqrt(d of a head)) v over what is `seen`."""
        q, k, v = (z.view(batch, -1, self._heads, z.shape[1] // self._heads).transpose(1, 2)
                   for z in (q, k, v))  # fmt: skip
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        return mixed.transpose(1, 2).reshape(-1, self._width)


def _feed(rows: Rows, row: int, a: Tensor) -> Tensor:
    return rows.linear(row + 1, rows.active(row, a))


@cache
def sines(length: int, width: int) -> Tensor:
    """[length, width] Each place by sines and cosines of wave lengths from 2 pi to 10000 * 2 pi."""
    place = torch.arange(length, dtype=torch.float64)[:, None]
    rate = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    angle = place * rate
    return torch.stack((angle.sin(), angle.cos()), 2).flatten(1)[:, :width].float()
