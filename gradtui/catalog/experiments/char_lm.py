"""A small decoder that learns a text letter by letter, yours or the one that ships."""

from __future__ import annotations

from gradtui.catalog.architectures import decoder
from gradtui.core.entries import Experiment

entry = Experiment(
    name="char-lm",
    question="What does a language model learn first: letters, words, or sense?",
    try_this="Press v: how it writes. Then start with --data FILE.txt, a text of yours.",
    data="alice",
    depth=2,
    width=64,
    net=decoder.entry,
    knobs={
        "activation": "gelu",
        "init": "xavier",
        "optimizer": "adamw",
        "lr": 0.003,
        "decay": 0.01,
        "clip": "norm:1",
        "norm": "layer",
        "residual": "on",
        "batch_size": 16,
    },
    fixed={"heads": 4, "norm_position": "pre", "warmup": 100, "length": 64},
    steps=1500,
    source="Bengio et al. 2003; Vaswani et al. 2017; Radford et al. 2019",
)
