"""LSTM encoder and decoder with attention; Sutskever et al. 2014, Luong, Pham, Manning 2015.

Rows: the embedding [symbols, H]; W_xh and W_hh [H, 4 H] of the encoder and of the decoder; the
score's matrix [H, H]; the mix of context and state [2 H, H]; the logits [H, symbols].
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from gradtui import catalog
from gradtui.core.architecture import Fixed
from gradtui.core.entries import Activation
from gradtui.engine.convolution import Grid
from gradtui.engine.dataset import Dataset
from gradtui.engine.initialise import draw
from gradtui.engine.language import END, PAD
from gradtui.engine.model import Forward, RunningStatistics, Trace
from gradtui.engine.models.recurrent import lstm
from gradtui.engine.models.rows import Rows
from gradtui.engine.parameters import Parameters

EMBED, ENC_X, ENC_H, DEC_X, DEC_H, SCORE, MIX, LOGITS = range(8)


class Heard(NamedTuple):
    """What the encoder makes of a source."""

    states: Tensor
    """[batch, time, H]"""
    seen: Tensor
    """bool [batch, 1, time]: not the padding."""
    h: Tensor
    c: Tensor
    """The last state of each source, [batch, H]; the padding behind its END changes nothing."""


class Seq2SeqRnn:
    """x: symbols, int64 [batch, source + time]."""

    def __init__(self, fixed: Fixed, data: Dataset, device: torch.device) -> None:
        assert data.language is not None
        self.grid: Grid | None = None
        self.language = data.language
        self._width = h = int(fixed["width"])
        self._forget_bias = float(fixed["forget_bias"])
        pairs = [(data.features, h), *[(h, 4 * h)] * 4, (h, h), (2 * h, h), (h, data.classes)]
        biased = (ENC_X, DEC_X, MIX, LOGITS)
        self.parameters = Parameters(pairs, device, biased=biased, norms=())
        self.running = RunningStatistics(self.parameters)

    def initialise(self, rule: str, generator: torch.Generator) -> None:
        """`rule` holds for all but the embedding, N(0, 1/H), gate by gate in the LSTMs.

        Biases are 0, but those of the forget gates.
        """
        width = self._width
        for row, weight in enumerate(self.parameters.weights):
            if row == EMBED:
                drawn = torch.empty(weight.shape)
                weight.copy_(drawn.normal_(0, 1 / math.sqrt(width), generator=generator))
                continue
            for block in weight.chunk(4 if ENC_X <= row <= DEC_H else 1, 1):
                block.copy_(draw(rule, block.shape[0], block.shape[1], generator))
        for bias in self.parameters.biases:
            bias.zero_()
        for bias in self.forget():
            bias.fill_(self._forget_bias)

    def forget(self) -> list[Tensor]:
        """The biases of the forget gates, [H]: the encoder's and the decoder's."""
        cut = slice(self._width, 2 * self._width)
        return [bias[cut] for bias in self.parameters.biases[:2]]

    def observed(self, activation: Activation) -> Activation:
        """Gated states have no flat ends of their own."""
        return catalog.activation("identity")

    def forward(
        self,
        x: Tensor,
        knobs: Forward,
        running: RunningStatistics | None,
        generator: torch.Generator | None = None,
        trace: Trace | None = None,
    ) -> Tensor:
        rows, cut = Rows(self.parameters, knobs, generator, trace), self.language.source
        entered = rows.drop(rows.embed(EMBED, x))
        heard = self._encode(rows, x[:, :cut], entered[:, :cut])
        return self._decode(rows, entered[:, cut:], heard)

    def listen(self, source: Tensor, knobs: Forward) -> Heard:
        """The states of a source, without dropout."""
        rows = Rows(self.parameters, knobs)
        return self._encode(rows, source, rows.embed(EMBED, source))

    def speak(self, prefix: Tensor, heard: Heard, knobs: Forward) -> Tensor:
        """Logits [batch * time, symbols] behind each symbol of a prefix."""
        rows = Rows(self.parameters, knobs)
        return self._decode(rows, rows.embed(EMBED, prefix), heard)

    def _encode(self, rows: Rows, source: Tensor, entered: Tensor) -> Heard:
        nothing = entered.new_zeros(len(source), self._width)
        h, c = self._lstm(rows, ENC_X, entered, nothing, nothing)
        last = (source == END).int().argmax(1)
        each = torch.arange(len(source), device=source.device)
        return Heard(h, (source != PAD)[:, None], h[each, last], c[each, last])

    def _decode(self, rows: Rows, entered: Tensor, heard: Heard) -> Tensor:
        """Luong's general score; its context is mixed with the state, and gives the logits."""
        batch, length, width = entered.shape
        h, _ = self._lstm(rows, DEC_X, entered, heard.h, heard.c)
        flat = h.reshape(batch * length, width)
        query = rows.linear(SCORE, flat).view(batch, length, width)
        score = (query @ heard.states.transpose(1, 2)).masked_fill(~heard.seen, -math.inf)
        context = (score.softmax(2) @ heard.states).view(batch * length, width)
        mixed = rows.linear(MIX, torch.cat((context, flat), 1)).tanh()
        return rows.logits(LOGITS, rows.drop(mixed))

    def _lstm(
        self, rows: Rows, row: int, entered: Tensor, h: Tensor, c: Tensor
    ) -> tuple[Tensor, Tensor]:
        """All h_t and c_t, [batch, time, H] each."""
        batch, length, width = entered.shape
        z = rows.linear(row, entered.transpose(0, 1).reshape(length * batch, width))
        w = rows.weights[row + 1]
        hs, cs = [], []
        for each in z.view(length, batch, -1).unbind(0):
            h, c = lstm(each, w, h, c)
            hs.append(h)
            cs.append(c)
        rows.recur(row + 1, hs)
        return torch.stack(hs, 1), torch.stack(cs, 1)
