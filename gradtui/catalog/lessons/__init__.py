"""Lessons. A file's `entry` is a `Lesson`; what it expects is held by a test that trains."""

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
