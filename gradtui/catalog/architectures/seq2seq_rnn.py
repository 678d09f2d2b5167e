"""An LSTM that reads and an LSTM that writes, which looks at what the first one read."""

from __future__ import annotations

from gradtui.core.architecture import Architecture, Fixed

LAYERS = ("embed", "enc.x", "enc.h", "dec.x", "dec.h", "attn.score", "attn.mix", "logits")


def _label(fixed: Fixed, classes: int) -> str:
    logits = f" + {classes}" if classes else ""
    return f"LSTM {fixed['width']} → attention → LSTM {fixed['width']}{logits}"


def _locked(fixed: Fixed) -> dict[str, str]:
    return {
        "norm": "a recurrent net has none",
        "residual": "a recurrent net has none",
        "rescale": "the gates of an LSTM know no critical scale",
        "activation": "the gates of an LSTM are sigmoid and tanh",
    }


entry = Architecture(
    "seq2seq-rnn",
    layers=lambda fixed: LAYERS,
    label=_label,
    locked=_locked,
    knobs=("width", "forget_bias", "warmup", "task"),
    data=("reverse", "dates"),
    gated=lambda fixed: True,
)
