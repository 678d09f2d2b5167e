"""The doctor's rules. A file's `entry` is a `Rule`; `ORDER` is by gravity."""

ORDER = (
    "not_finite",
    "exploding",
    "exploding_in_time",
    "vanishing",
    "vanishing_in_time",
    "dead",
    "saturated",
)
