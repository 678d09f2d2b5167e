"""A decoder alone: each place sees those before it, and says what comes next."""

from __future__ import annotations

from gradtui.catalog.architectures.blocks import FEED, SELF, rows
from gradtui.catalog.architectures.transformer import NORM, check, label
from gradtui.core.architecture import TEXTS, Architecture, Fixed


def _layers(fixed: Fixed) -> tuple[str, ...]:
    return ("embed", *rows("block", int(fixed["depth"]), (*SELF, *FEED)), "logits")


entry = Architecture(
    "decoder",
    layers=_layers,
    label=lambda fixed, classes: label("decoder", fixed, classes),
    locked=lambda fixed: {"norm": NORM},
    knobs=("depth", "width", "heads", "norm_position", "warmup", "length"),
    data=("alice",),
    files=(TEXTS,),
    check=check,
)
