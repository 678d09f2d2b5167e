"""Fifteen sigmoid layers: the classic case of a gradient that dies on its way down."""

from __future__ import annotations

from gradtui.core.entries import Experiment

entry = Experiment(
    name="vanishing",
    question="Why does a deep sigmoid net not learn?",
    try_this="Press a: tanh passes the signal on, and accuracy climbs.",
    data="digits",
    depth=15,
    width=64,
    knobs={
        "activation": "sigmoid",
        "init": "xavier",
        "optimizer": "sgd",
        "lr": 0.01,
        "momentum": 0.9,
        "batch_size": 64,
    },
    steps=600,
    source="Hochreiter 1991; Glorot, Bengio 2010",
)
