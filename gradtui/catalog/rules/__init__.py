"""The doctor's rules. A file's `entry` is a `Rule`; `ORDER` is by gravity."""

ORDER = ("not_finite", "exploding", "vanishing", "dead", "saturated")
