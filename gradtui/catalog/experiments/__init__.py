"""Experiments. A file's `entry` is an `Experiment`."""

ORDER = ("vanishing", "exploding", "dead-relu", "init", "softmax", "keras", "overfit")
