"""Random wide nets: Gaussian integrals say how each layer carries the gradient."""

from __future__ import annotations

from gradtui.core.entries import Experiment

entry = Experiment(
    name="mean-field",
    question="Can a formula tell each layer's gradient in advance?",
    try_this="Compare the two slopes; a, n or :rescale=critical, and the prediction follows.",
    data="digits",
    depth=30,
    width=256,
    knobs={
        "activation": "tanh",
        "optimizer": "sgd",
        # Small, so that the weights stay random for a while: a chaotic net jumps at 0.01.
        "lr": 1e-3,
        "momentum": 0.0,
        "batch_size": 64,
    },
    fixed={"sigma_w": 1.5, "sigma_b": 0.0},
    steps=300,
    source="Poole et al. 2016; Schoenholz, Gilmer, Ganguli, Sohl-Dickstein 2017",
    theory=True,
)
