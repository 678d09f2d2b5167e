"""Scalars that somebody else logged, by tag and step: what they mean, and as records."""
