"""One shift of the biases, and no unit of the first layer ever fires again."""

from __future__ import annotations

from gradtui.core.entries import Experiment

entry = Experiment(
    name="dead-relu",
    question="What does a net do when all units of a layer are off?",
    try_this="Wait for step 100, then press a: leaky_relu lets a little through.",
    data="digits",
    depth=3,
    width=128,
    knobs={
        "activation": "relu",
        "init": "he",
        "optimizer": "sgd",
        "lr": 0.05,
        "momentum": 0.9,
        "batch_size": 64,
    },
    steps=400,
    script=((100, "shift_bias", "0:-10"),),
    source="Maas, Hannun, Ng 2013; Lu, Shin, Su, Karniadakis 2020",
)
