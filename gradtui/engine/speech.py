"""What a net of symbols says of the held-out rows, and how often it is right to the letter."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from gradtui.core.texts import Text, Texts
from gradtui.engine.greedy import exact, translate
from gradtui.engine.language import Language
from gradtui.engine.run import Run

CHECKED = 250
"""Held-out rows that are translated for the exact match: a symbol costs a pass over all of them."""
SHOWN = 16
"""Of those, the rows that a person sees."""
PAUSE = 1.0
"""Least seconds between two looks while training."""
SHARE = 0.02
"""Most of the training time that looks may take."""


class Speech:
    """Over one run of a net that speaks; nothing of the run is changed."""

    def __init__(
        self, run: Run, language: Language, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._run, self._language, self._clock = run, language, clock
        self._made = clock()
        self.took = 0.0
        """Seconds that the last look took."""

    def due(self) -> bool:
        """Whether it is time for another look, after a step."""
        return self._clock() - self._made >= max(PAUSE, self.took / SHARE)

    def look(self, step: int) -> Texts:
        """What the net says before this step."""
        return self._say(step, SHOWN)[1]

    def check(self, step: int) -> tuple[float | None, Texts]:
        """The share of rows that it says to the letter, None where no answer is the right one."""
        return self._say(step, CHECKED)

    def _say(self, step: int, rows: int) -> tuple[float | None, Texts]:
        began = self._clock()
        run, language = self._run, self._language
        x, y = (part[:rows] for part in run.held_out)
        with torch.no_grad():
            said = translate(run.model, x[:, : language.source], y.shape[1], run.forward_knobs)
        texts = tuple(
            Text(*(language.text(row.tolist()) for row in three))
            for three in zip(x[:SHOWN, : language.source], y[:SHOWN], said[:SHOWN], strict=True)
        )
        share = float(exact(said, y).double().mean())
        self._made = self._clock()
        self.took = self._made - began
        return share, Texts(step=step, texts=texts)
