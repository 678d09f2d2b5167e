"""Experiments. A file's `entry` is an `Experiment`."""

ORDER = ("vanishing", "exploding", "dead-relu", "init", "mean-field", "softmax", "keras", "overfit")
