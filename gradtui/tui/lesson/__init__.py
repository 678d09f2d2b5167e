"""The lesson: formulas on the left, this run's own numbers on the right."""
