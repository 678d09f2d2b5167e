"""What a net says by itself, symbol by symbol: the likeliest one, or one that it draws."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor

from gradtui.engine.language import END, IGNORE, START
from gradtui.engine.model import Forward


class Speaker(Protocol):
    """A net that listens to a source, and says what comes behind a prefix."""

    def listen(self, source: Tensor, knobs: Forward) -> Any:
        """What is kept of the source [batch, positions]."""

    def speak(self, prefix: Tensor, memory: Any, knobs: Forward) -> Tensor:
        """Logits [batch * positions, symbols] behind each symbol of a prefix [batch, positions]."""


def translate(model: Speaker, source: Tensor, length: int, knobs: Forward) -> Tensor:
    """At most so many symbols for each source, int64 [batch, symbols], END and all.

    What stands behind a row's END means nothing. Every symbol costs a pass over the prefix.
    """
    memory = model.listen(source, knobs)
    said = source.new_full((len(source), 1), START)
    ended = torch.zeros(len(source), dtype=torch.bool, device=source.device)
    for _ in range(length):
        logits = model.speak(said, memory, knobs).view(len(source), said.shape[1], -1)
        likeliest = logits[:, -1].argmax(1)
        said = torch.cat((said, likeliest[:, None]), 1)
        ended |= likeliest == END
        if ended.all():
            break
    return said[:, 1:]


def carry_on(
    model: Speaker, prompt: Tensor, count: int, window: int, temperature: float, knobs: Forward,
    generator: torch.Generator,
) -> Tensor:  # fmt: skip
    """So many symbols behind each prompt, drawn by what the last `window` symbols make of them.

    int64 [batch, count]. Every symbol costs a pass over the window. Where the logits are not
    finite the first symbol is said.
    """
    said = prompt
    for _ in range(count):
        logits = model.speak(said[:, -window:], None, knobs)
        last = logits.view(len(said), -1, logits.shape[1])[:, -1]
        chances = (last / temperature).softmax(1).nan_to_num(0.0).cpu()
        chances[chances.sum(1) == 0, 0] = 1.0
        drawn = torch.multinomial(chances, 1, generator=generator).to(said.device)
        said = torch.cat((said, drawn), 1)
    return said[:, prompt.shape[1] :]


def exact(said: Tensor, targets: Tensor) -> Tensor:
    """bool [batch]: every target [batch, length] is said, END and all."""
    missing = targets.shape[1] - said.shape[1]
    said = torch.nn.functional.pad(said, (0, max(missing, 0)), value=IGNORE)
    return ((said == targets) | (targets == IGNORE)).all(1)
