"""How work that takes long hears that the run is to end."""

from __future__ import annotations


class Stopped(Exception):  # noqa: N818  (no error: somebody asked for it)
    """It was broken off; the run is as it was before, or as it is between two steps."""
