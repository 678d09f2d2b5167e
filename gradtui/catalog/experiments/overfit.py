"""A hundred digits and 85 thousand weights: the training set is learned by heart."""

from __future__ import annotations

from gradtui.core.entries import Experiment

entry = Experiment(
    name="overfit",
    question="What does a net know that has seen a hundred examples?",
    try_this=(
        "Press r twice: l2 lifts train loss fivefold and takes a tenth off test loss; "
        "test accuracy hardly moves."
    ),
    data="digits",
    depth=2,
    width=256,
    knobs={
        "activation": "relu",
        "init": "he",
        "optimizer": "adam",
        "lr": 0.001,
        "batch_size": 32,
    },
    fixed={"train_rows": 100},
    steps=600,
    source="Zhang, Bengio, Hardt, Recht, Vinyals 2017",
)
