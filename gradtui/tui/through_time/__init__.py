"""The gradient through time: the view, and its page."""
