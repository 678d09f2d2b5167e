"""How fast a run is, smoothed over its frames, and what measuring takes of that."""

from __future__ import annotations

import math

from gradtui.core.records import Frame


def rates(frame: Frame, speed: float, overhead: float) -> tuple[float, float]:
    """Steps a second and the share of measuring, as they are now with this frame.

    A speed of 0 and an overhead of nan say that nothing was known before.
    """
    if frame.seconds > 0:
        new = (len(frame.steps) + frame.merged) / frame.seconds
        speed = 0.8 * speed + 0.2 * new if speed else new
        bare = frame.seconds - frame.probe_seconds
        if frame.grad_norm is not None and bare > 0:
            share = frame.probe_seconds / bare
            overhead = share if math.isnan(overhead) else 0.9 * overhead + 0.1 * share
    return speed, overhead
