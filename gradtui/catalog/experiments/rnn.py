"""A symbol that must be remembered over sixty steps: what vanishes here vanishes in time."""

from __future__ import annotations

from gradtui.catalog.architectures import recurrent
from gradtui.core.entries import Experiment

entry = Experiment(
    name="rnn",
    question="Why does a recurrent net forget how its sequence began?",
    try_this="Press i, orthogonal: the first symbol comes back. Or start with cell=lstm.",
    data="recall",
    depth=1,
    width=64,
    net=recurrent.entry,
    knobs={
        "activation": "tanh",
        "init": "torch",
        "optimizer": "adam",
        "lr": 0.001,
        "clip": "norm:1",
        "batch_size": 128,
    },
    # Adam's full steps stretch orthogonal weights until all states collapse.
    fixed={"warmup": 40},
    steps=300,
    source="Bengio, Simard, Frasconi 1994; Hochreiter, Schmidhuber 1997; Le et al. 2015",
)
