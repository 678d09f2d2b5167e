"""The text of a stand-alone PyTorch script, piece by piece: only what the run needs is in it."""
