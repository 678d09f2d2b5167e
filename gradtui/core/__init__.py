"""The vocabulary and the state: standard library and numpy, nothing of ours above it."""
