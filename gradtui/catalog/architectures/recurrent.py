"""A recurrent net that reads a sequence and speaks once, at its end."""

from __future__ import annotations

from gradtui.core.architecture import Architecture, Fixed
from gradtui.core.errors import UsageError

GATES = {"rnn": 1, "lstm": 4, "gru": 3}
"""Blocks of the weights of each cell."""


def _layers(fixed: Fixed) -> tuple[str, ...]:
    depth, cell = int(fixed["depth"]), fixed["cell"]
    if depth == 1:
        return ("W_xh", "W_hh", "out")
    return (*(f"{cell}{i + 1}.{row}" for i in range(depth) for row in ("x", "h")), "out")


def _label(fixed: Fixed, classes: int) -> str:
    logits = f" + {classes}" if classes else ""
    stacked = "" if fixed["depth"] == 1 else f"{fixed['depth']}×"
    return f"{str(fixed['cell']).upper()} {stacked}{fixed['width']}{logits}"


def _check(fixed: Fixed) -> None:
    if not fixed["depth"]:
        raise UsageError("depth '0' is not allowed: a recurrent net has at least 1 layer.")


def _locked(fixed: Fixed) -> dict[str, str]:
    cell = str(fixed["cell"])
    none = dict.fromkeys(("norm", "residual", "dropout", "rescale"), "a recurrent net has none")
    if cell == "rnn":
        return none
    return none | {"activation": f"the gates of {cell} are sigmoid and tanh"}


def _rates(fixed: Fixed) -> tuple[float, ...]:
    """Of W_xh and W_hh of each layer, and of out."""
    inner = (1.0, float(fixed.get("recurrent_rate", 1.0)))
    return (*inner * int(fixed["depth"]), float(fixed.get("readout_rate", 1.0)))


entry = Architecture(
    "recurrent",
    layers=_layers,
    label=_label,
    locked=_locked,
    knobs=(
        "depth",
        "width",
        "cell",
        "length",
        "forget_bias",
        "warmup",
        "recurrent_rate",
        "readout_rate",
    ),
    data=("recall",),
    gated=lambda fixed: fixed["cell"] != "rnn",
    rates=_rates,
    check=_check,
)
