"""Softmax regression: L = −Σ yᵢ log y'ᵢ and θ ← θ − α ∇L, nothing else."""

from __future__ import annotations

from gradtui.core.entries import Experiment

entry = Experiment(
    name="softmax",
    question="How far does plain gradient descent come on a convex loss?",
    try_this="Watch the loss settle; + and - change the step size.",
    data="digits",
    depth=0,
    width=64,
    knobs={
        "regularizer": "l2",
        "strength": 0.0348,
        "optimizer": "sgd",
        "lr": 1.0,
        "momentum": 0.0,
        "batch_size": "full",
    },
    fixed={"zero_init": "on"},
    steps=500,
    source="Bishop 2006, section 4.3.4",
)
