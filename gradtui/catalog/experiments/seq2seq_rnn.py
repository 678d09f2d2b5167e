"""Two LSTMs and attention between them: a way for the gradient that is one step long."""

from __future__ import annotations

from gradtui.catalog.architectures import seq2seq_rnn
from gradtui.core.entries import Experiment

entry = Experiment(
    name="seq2seq-rnn",
    question="How does attention carry the gradient past the time steps between?",
    try_this="Press v: what it says; v again: dL/dh_t of what it read. Or start with task=dates.",
    data="reverse",
    depth=0,
    width=64,
    net=seq2seq_rnn.entry,
    knobs={
        "activation": "tanh",
        "init": "xavier",
        "optimizer": "adam",
        "lr": 0.005,
        "clip": "norm:1",
        "batch_size": 64,
    },
    fixed={"forget_bias": 1.0, "warmup": 100},
    steps=800,
    source="Sutskever, Vinyals, Le 2014; Bahdanau, Cho, Bengio 2015; Luong, Pham, Manning 2015",
)
