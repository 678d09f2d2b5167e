"""What the parts of one painting of the detail have in common."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from gradtui.core.frozen import frozen
from gradtui.core.histograms import Kind
from gradtui.core.records import Applied, Floats
from gradtui.core.spread import Spread
from gradtui.core.state import RunState
from gradtui.tui.detail.layout import DetailLayout
from gradtui.tui.grid import Spans, length
from gradtui.tui.panels.picture import Picture
from gradtui.tui.theme import ramp_role
from gradtui.tui.timeline import Timeline

PROJECTIONS = ("q", "k", "v", "out", "xq", "xk", "xv", "xout", "ffn2")
"""Rows of a Transformer's block."""


@frozen
class Sheet:
    """One layer of a picture: which panels are shown, and where they go."""

    picture: Picture
    layout: DetailLayout
    timeline: Timeline
    """Of every panel: they are equally wide."""
    kinds: tuple[Kind, ...]
    """What the panels show, from left to right; as many as there is room for."""
    over_time: bool
    """Histograms over the steps instead of the newest."""

    @property
    def state(self) -> RunState:
        return self.picture.state

    @property
    def unicode(self) -> bool:
        return self.picture.unicode

    @cached_property
    def layer(self) -> int:
        return min(max(self.picture.view.selected, 0), len(self.state.info.layers) - 1)

    @property
    def name(self) -> str:
        return self.state.info.layers[self.layer]

    @property
    def is_last(self) -> bool:
        """The logits, which no activation follows."""
        return self.layer == len(self.state.info.layers) - 1

    @property
    def is_plain(self) -> bool:
        """No activation of the knob follows: the logits, an embedding, the projections of
        attention and the way out of a feed-forward block.
        """
        block, _, row = self.name.rpartition(".")
        return self.is_last or row == "embed" or bool(block and row in PROJECTIONS)

    def panels(self) -> Iterator[tuple[Kind, int, int]]:
        """Kind, x, width."""
        for kind, (x, width) in zip(self.kinds, self.layout.panels, strict=False):
            yield kind, x, width

    def spread(self, kind: Kind, *, before: bool = False) -> Spread | None:
        """The newest numbers, or those before the last intervention."""
        record = self.state.histograms.ghost if before else self.state.histograms.newest
        if record is None or len(record.weights.low) != len(self.state.info.layers):
            return None
        spread: Spread = getattr(record, kind)
        return spread

    @cached_property
    def has_ghost(self) -> bool:
        return self.spread("weights", before=True) is not None

    @cached_property
    def marker(self) -> Applied | None:
        """The intervention that parts the ghost from the newest; None if nan or inf does."""
        ghost = self.state.histograms.ghost
        made = [m for m in self.state.markers if ghost is not None and m.step > ghost.step]
        return made[-1] if made else None

    @cached_property
    def colour(self) -> str:
        """The role of the layer's lane: decades from the output layer."""
        signal = self.now("signal")
        if signal is None or not (signal[self.layer] > 0 and signal[-1] > 0):
            return "muted"
        with np.errstate(over="ignore"):
            away = math.log10(signal[self.layer]) - math.log10(signal[-1])
        return ramp_role(round(away)) if math.isfinite(away) else "muted"

    def now(self, name: str) -> Floats | None:
        """The newest values [L] of a quantity; None before the first."""
        values = self.state.now.get(name)
        return values if values is not None and len(values) > self.layer else None


def widest(forms: Sequence[Spans], room: int) -> Spans:
    """The first form that fits; nothing if none does."""
    return next((form for form in forms if length(form) <= room), [])
