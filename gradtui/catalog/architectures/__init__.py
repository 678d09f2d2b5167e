"""Nets beside the MLP. A file's `entry` is an `Architecture`."""
