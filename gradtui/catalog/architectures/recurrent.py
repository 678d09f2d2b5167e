"""A recurrent net that reads a sequence and speaks once, at its end."""

from __future__ import annotations

from gradtui.core.architecture import Architecture, Fixed

GATES = {"rnn": 1, "lstm": 4, "gru": 3}
"""Blocks of the weights of each cell."""


def _label(fixed: Fixed, classes: int) -> str:
    logits = f" + {classes}" if classes else ""
    return f"{str(fixed['cell']).upper()} {fixed['width']}{logits}"


def _locked(fixed: Fixed) -> dict[str, str]:
    cell = str(fixed["cell"])
    none = dict.fromkeys(("norm", "residual", "dropout", "rescale"), "a recurrent net has none")
    if cell == "rnn":
        return none
    return none | {"activation": f"the gates of {cell} are sigmoid and tanh"}


entry = Architecture(
    "recurrent",
    layers=lambda fixed: ("W_xh", "W_hh", "out"),
    label=_label,
    locked=_locked,
    knobs=("width", "cell", "length", "forget_bias", "warmup"),
    data=("recall",),
)
