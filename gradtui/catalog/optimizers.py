"""The constants of the optimizers, which no knob turns; the engine and the lesson read them."""

from __future__ import annotations

ADAM_BETAS = (0.9, 0.999)
"""Kingma, Ba 2015."""
ADAM_EPSILON, KERAS_EPSILON = 1e-8, 1e-7
RMSPROP_SMOOTHING = 0.99
"""Tieleman, Hinton 2012; the value and the epsilon are torch's."""
RMSPROP_EPSILON = 1e-8
CLIP_EPSILON, MAX_NORM_EPSILON = 1e-6, 1e-7
"""What torch adds to a norm before it divides by it."""
