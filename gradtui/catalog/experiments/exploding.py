"""Weights three times too large: the signal doubles with every layer."""

from __future__ import annotations

from gradtui.core.entries import Experiment

entry = Experiment(
    name="exploding",
    question="What happens when every layer makes the gradient larger?",
    try_this="Press i and choose he, or start with --set clip=norm:1. L1 or L2 come too late.",
    data="digits",
    depth=15,
    width=64,
    knobs={
        "activation": "relu",
        "init": "gain:3",
        "optimizer": "sgd",
        # The first step alone must ruin the weights, at any seed; he must not notice.
        "lr": 0.02,
        "momentum": 0.5,
        "batch_size": 64,
    },
    steps=300,
    source="Pascanu, Mikolov, Bengio 2013",
)
