"""Demos: scripts that play the lab, and the clock that makes them come out the same everywhere."""
