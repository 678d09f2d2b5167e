"""Activations. A file's `entry` is an `Activation`; `ORDER` is the order of the key `a`."""

ORDER = (
    "sigmoid",
    "tanh",
    "relu",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "mish",
    "softplus",
    "identity",
)
