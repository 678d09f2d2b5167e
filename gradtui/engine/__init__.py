"""Training and measuring. torch lives here, and works without a screen."""
