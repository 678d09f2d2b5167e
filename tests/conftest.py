"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# The same examples on every machine: a red run can be repeated, a green one stays green.
settings.register_profile("same", derandomize=True, database=None)
settings.load_profile("same")
