"""Loss and accuracy on the held-out split, in pieces: a large one neither fills the memory nor
keeps a person who quits waiting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F

from gradtui.engine.language import IGNORE

if TYPE_CHECKING:
    from gradtui.engine.run import Run

PIECE = 2**17
"""Numbers that are read at once; of those of an image a convolution makes a hundred times as
many. What gradtui brings along is one piece, or a few of symbols."""
SYMBOL = 32
"""Numbers that a symbol counts for where each has a target: it becomes vectors, some tens of them
at once. So a piece takes less memory than a step, which is what lies free; it takes no longer."""

MOST_PIECES = 4
"""That are evaluated on the way out of the lab."""


def pieces(run: Run) -> int:
    """In how many the held-out split is evaluated."""
    x, y = run.held_out
    numbers = x.numel() * (SYMBOL if y.dim() > 1 else 1)
    return max(1, -(-numbers // PIECE))


def is_long(run: Run) -> bool:
    """Whether it takes longer than a person who leaves would wait."""
    return pieces(run) > MOST_PIECES


def evaluate(run: Run, *, whole: bool = False) -> tuple[float, float]:
    """Mean cross-entropy and accuracy over all targets.

    Raises `Stopped` between two pieces if the run is to end, unless it must be the `whole`.
    """
    loss, right = 0.0, 0.0
    count = float((run.held_out[1] != IGNORE).sum())
    parts = (part.tensor_split(pieces(run)) for part in run.held_out)
    for i, (x, y) in enumerate(zip(*parts, strict=True)):
        if i and not whole:
            run.breathe()
        logits = run.model.forward(x, run.forward_knobs, run.running)
        targets = y.flatten()
        known = float((targets != IGNORE).sum())
        if known:
            loss += float(F.cross_entropy(logits, targets, ignore_index=IGNORE)) * (known / count)
        right += float((logits.argmax(1) == targets).sum())
    return loss, right / count
