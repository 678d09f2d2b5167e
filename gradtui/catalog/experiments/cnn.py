"""Plain convolutions, one on the other: past some depth more of them make a net worse."""

from __future__ import annotations

from gradtui.core.architecture import CNN
from gradtui.core.entries import Experiment

entry = Experiment(
    name="cnn",
    question="Why do more layers make a plain convolutional net worse?",
    try_this="Press n twice; then start with --set init=he --set residual=rezero.",
    data="digits",
    depth=32,
    width=16,
    knobs={
        "activation": "relu",
        "init": "xavier",
        # Under SGD at 0.01 not even ten plain layers learn within these steps, on most seeds.
        "optimizer": "adam",
        "lr": 0.001,
        "batch_size": 64,
    },
    steps=300,
    source="He, Zhang, Ren, Sun 2016",
    net=CNN,
)
