"""An encoder and a decoder that translate: where the norm stands decides how they start."""

from __future__ import annotations

from gradtui.catalog.architectures import transformer
from gradtui.core.entries import Experiment

entry = Experiment(
    name="seq2seq-transformer",
    question="Why does a Transformer need a warm-up, and what does the norm's place change?",
    try_this="Press v: what it says. Then start with norm_position=post, and with warmup=0.",
    data="reverse",
    depth=2,
    width=64,
    net=transformer.entry,
    knobs={
        "activation": "relu",
        "init": "xavier",
        "optimizer": "adam",
        "lr": 0.002,
        "clip": "norm:1",
        "norm": "layer",
        "residual": "on",
        "batch_size": 64,
    },
    fixed={"heads": 2, "norm_position": "pre", "warmup": 50},
    steps=800,
    source="Vaswani et al. 2017; Xiong et al. 2020",
)
