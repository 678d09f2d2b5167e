"""Thirty ReLU layers: xavier halves the signal's power at each, he does not."""

from __future__ import annotations

from gradtui.core.entries import Experiment

entry = Experiment(
    name="init",
    question="Does the init matter once the activation is right?",
    try_this="Look at the slope, then press i and choose he.",
    data="digits",
    depth=30,
    width=64,
    knobs={
        "activation": "relu",
        "init": "xavier",
        "optimizer": "sgd",
        # At 0.01 thirty layers oscillate whatever the init: momentum makes it a step of 0.1.
        "lr": 0.0025,
        "momentum": 0.9,
        # One steep coordinate throws thirty layers back: without this, every third cured net
        # stays below 0.8. Of 100 seeds that were cured at step 300, none ended below it.
        "clip": "value:0.1",
        # With 64 the noise of the batches does the same; with twice as many xavier learns, too.
        "batch_size": 160,
    },
    steps=600,
    source="He, Zhang, Ren, Sun 2015",
)
