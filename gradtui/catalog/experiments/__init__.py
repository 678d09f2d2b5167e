"""Experiments. A file's `entry` is an `Experiment`."""

ORDER = (
    "vanishing",
    "exploding",
    "dead-relu",
    "init",
    "cnn",
    "mean-field",
    "softmax",
    "keras",
    "overfit",
    "rnn",
    "seq2seq-rnn",
    "seq2seq-transformer",
    "char-lm",
)
