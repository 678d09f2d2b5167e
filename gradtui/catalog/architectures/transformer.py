"""Encoder and decoder of attention and feed-forward blocks."""

from __future__ import annotations

from gradtui.catalog.architectures.blocks import CROSS, FEED, SELF, rows
from gradtui.core.architecture import Architecture, Fixed
from gradtui.core.errors import UsageError

NORM = "layer norm is a part of every block; norm_position says where"


def check(fixed: Fixed) -> None:
    """`UsageError` for a net that cannot be."""
    if not fixed["depth"]:
        raise UsageError("depth '0' is not allowed: a Transformer has at least 1 block.")
    if int(fixed["width"]) % int(fixed["heads"]):
        raise UsageError(
            f"heads {fixed['heads']} do not divide width {fixed['width']}: "
            "each head has the same share of the width."
        )


def label(kind: str, fixed: Fixed, classes: int) -> str:
    logits = f" + {classes}" if classes else ""
    return f"{kind} {fixed['depth']}×{fixed['width']}, {fixed['norm_position']}-norm{logits}"


def _layers(fixed: Fixed) -> tuple[str, ...]:
    depth = int(fixed["depth"])
    encoder, decoder = rows("enc", depth, SELF + FEED), rows("dec", depth, SELF + CROSS + FEED)
    return ("embed", *encoder, *decoder, "logits")


entry = Architecture(
    "transformer",
    layers=_layers,
    label=lambda fixed, classes: label("Transformer", fixed, classes),
    locked=lambda fixed: {"norm": NORM},
    knobs=("depth", "width", "heads", "norm_position", "warmup", "task"),
    data=("reverse", "dates"),
    check=check,
)
