"""The commands, one a file, found by its name; each imports what it needs inside its body.

A file holds `command`, a click command. Only these files compose: they hand a screen its source,
and a run without a screen its doctor.
"""
