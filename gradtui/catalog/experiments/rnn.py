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
    # Adam's full steps stretch W_hh until its states are attractors. Classes that the readout
    # does not tell apart by then fall into one, and no gradient parts them again: so the readout
    # learns fast and W_hh slowly.
    fixed={"warmup": 40, "recurrent_rate": 0.3, "readout_rate": 10.0},
    steps=300,
    source="Bengio, Simard, Frasconi 1994; Hochreiter, Schmidhuber 1997; Le et al. 2015; "
    "a smaller rate for W_hh: Helfrich, Willmott, Ye 2018",
)
