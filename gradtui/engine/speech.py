"""What a net of symbols says of the held-out rows, and how often it is right to the letter."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch

from gradtui.core.clock import now
from gradtui.core.records import When
from gradtui.core.texts import Text, Texts
from gradtui.engine.greedy import Speaker, carry_on, exact, translate
from gradtui.engine.language import Language
from gradtui.engine.run import Run
from gradtui.engine.seeds import torch_stream

CHECKED = 250
"""Held-out rows that are translated for the exact match: a symbol costs a pass over all of them."""
AT_ONCE = 125
"""Rows that are translated at once: all of them would take more memory than a step."""
SHOWN = 16
"""Of those, the rows that a person sees."""
WRITTEN, PROMPT, SYMBOLS = 3, 24, 96
"""Texts that a language model carries on, the symbols that it is given of each, and those that it
adds: each costs a pass."""
TEMPERATURE = 0.8
"""Below 1 the likely symbols become likelier still, as people do it to read what a net knows."""
PAUSE = 1.0
"""Least seconds between two looks while training."""
SHARE = 0.05
"""Most of the training time that looks may take."""


class Speech:
    """Over one run of a net that speaks; nothing of the run is changed."""

    def __init__(self, run: Run, language: Language, clock: Callable[[], float] = now) -> None:
        self._run, self._language, self._clock = run, language, clock
        self._speaker = cast("Speaker", run.model)
        self._made = clock()
        self._told = 0
        self.took = 0.0
        """Seconds that the last look took."""

    def called(self, step: int, when: When) -> bool:
        """Whether an evaluation asks. Writing is slow: epoch by epoch only where the steps have
        doubled since, and never while a person waits for a knob.
        """
        if self._language.translates or when in ("start", "end"):
            return True
        return when == "epoch" and step >= 2 * self._told

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
        with torch.no_grad():
            share, texts = self._translated(rows) if self._language.translates else self._written()
        self._made, self._told = self._clock(), step
        self.took = self._made - began
        return share, Texts(step=step, texts=texts)

    def _translated(self, rows: int) -> tuple[float, tuple[Text, ...]]:
        run, language = self._run, self._language
        x, y = (part[:rows] for part in run.held_out)
        sources = x[:, : language.source]
        said = [
            translate(self._speaker, part, y.shape[1], run.forward_knobs)
            for part in torch.split(sources, AT_ONCE)
        ]
        right = torch.cat(
            [exact(*pair) for pair in zip(said, torch.split(y, AT_ONCE), strict=True)]
        )
        share = float(right.double().mean())
        shown = zip(sources[:SHOWN], y[:SHOWN], said[0][:SHOWN], strict=True)
        return share, tuple(
            Text(*(language.text(row.tolist()) for row in three)) for three in shown
        )

    def _written(self) -> tuple[None, tuple[Text, ...]]:
        run, language = self._run, self._language
        x = run.held_out[0]
        picked = x[:: max(1, len(x) // WRITTEN)][:WRITTEN]
        prompts = picked[:, : min(PROMPT, x.shape[1] - 1)]
        noise = torch_stream(run.spec.seed, "speech")  # the same at every look
        said = carry_on(
            self._speaker, prompts, SYMBOLS, x.shape[1], TEMPERATURE, run.forward_knobs, noise
        )
        shown = zip(prompts, said, strict=True)
        return None, tuple(
            Text(language.text(begun.tolist()), "", language.text(row.tolist()))
            for begun, row in shown
        )
