"""The parts of the dashboard, one a file; each paints itself from a `Picture`."""
