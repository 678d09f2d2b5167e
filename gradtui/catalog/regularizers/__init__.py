"""Regularizers. A file's `entry` is a `Regularizer`; `ORDER` is the order of the key `r`."""

ORDER = ("none", "l1", "l2", "elastic_net", "max_norm")
