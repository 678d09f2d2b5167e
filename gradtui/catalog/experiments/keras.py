"""The first example of the Keras guide: Dense(64, relu), Dense(10, softmax), Adam."""

from __future__ import annotations

from gradtui.core.entries import Experiment

entry = Experiment(
    name="keras",
    question="What do the gradients of the textbook net look like?",
    try_this="A healthy net to compare with; press a, r, o and see what it bears.",
    data="clusters",
    depth=1,
    width=64,
    knobs={
        "activation": "relu",
        "init": "xavier",
        "optimizer": "adam",
        "lr": 0.001,
        "batch_size": 32,
    },
    fixed={"adam_eps": "keras", "uniform": "on"},
    epochs=10,
    source="Chollet 2015; Kingma, Ba 2015",
)
